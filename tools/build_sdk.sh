#!/bin/sh
# Generate, build and pack the SDK of a language from schema.json: tools/build_sdk.sh nodejs|python|go|dotnet DIRECTORY.
# Requires the Pulumi CLI and the language's own tools.
set -eu
language=$1
mkdir -p "$2" build
packed=$(cd "$2" && pwd)
generated=$PWD/build/sdk
version=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' schema.json)

rm -rf "$generated/$language"
pulumi package gen-sdk schema.json --language "$language" --out "$generated"
cp README.md LICENSE "$generated/$language"
cd "$generated/$language"
case $language in
    nodejs)
        npm install --no-audit --no-fund
        npm run build
        cp package.json README.md LICENSE bin/
        npm pack ./bin --pack-destination "$packed"
        ;;
    python)
        "${UV:-uv}" build --out-dir "$packed" .
        ;;
    go)
        # The module is at `sdk` in the repository, as in the import path.
        module=$(sed -n 's/.*"importBasePath": "\(.*\)\/go\/agbcontext",$/\1/p' "$OLDPWD/schema.json")
        go mod init "$module"
        mkdir go && mv agbcontext go/
        go mod tidy
        go build ./...
        tar -czf "$packed/pulumi-agbcontext-sdk-go-v$version.tar.gz" .
        ;;
    dotnet)
        dotnet pack --configuration Release --output "$packed" "-p:Version=$version"
        ;;
    *)
        echo "unknown language '$language'; expected nodejs, python, go or dotnet" >&2
        exit 2
        ;;
esac
