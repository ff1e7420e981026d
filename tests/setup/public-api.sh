#!/usr/bin/env bash
# Rewrites PublicAPI.Unshipped.txt of one src project from what the analyzer says is missing or gone.
# Usage: tests/setup/public-api.sh src/PROJECT [BUILD ARGUMENT]...
set -euo pipefail
project=$1; shift
file=$project/PublicAPI.Unshipped.txt
echo '#nullable enable' > "$file"
symbols=$(dotnet build "$project" --no-incremental -p:TreatWarningsAsErrors=false "$@" 2>&1 |
    sed -n "s/.*RS0016: Symbol '\(.*\)' is not part of the declared public API.*/\1/p" | LC_ALL=C sort -u)
printf '#nullable enable\n%s\n' "$symbols" > "$file"
echo "$(wc -l < "$file") lines in $file"
