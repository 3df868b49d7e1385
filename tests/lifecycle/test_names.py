"""Tests of derived names."""

from pulumi_agbcontext.lifecycle.context.derived_name import derived_name, parent_types


def test_a_derived_name_depends_on_project_stack_parents_and_logical_name() -> None:
    name = derived_name("shop", "dev", "", "data")
    assert name == derived_name("shop", "dev", "", "data") == "data-54b3f97"
    others = [
        derived_name("shop2", "dev", "", "data"),
        derived_name("shop", "prod", "", "data"),
        derived_name("shop", "dev", "a:b:C", "data"),
        derived_name("shop", "dev", "", "data2"),
    ]
    assert len({name, *others}) == 5


def test_parent_types_are_read_from_a_urn_without_the_stack() -> None:
    assert parent_types("urn:pulumi:dev::shop::a:b:C$d:e:F$pkg:index:Context::data") == "a:b:C$d:e:F"
    assert parent_types("urn:pulumi:dev::shop::pkg:index:Context::data") == ""
