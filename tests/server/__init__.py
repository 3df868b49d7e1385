"""Tests of the local Context API over plain HTTP, judged by the data that it stores."""
