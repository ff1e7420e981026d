# Runs every tests/*.Tests project and adds up what their result files say.
# shellcheck shell=bash

RESULTS=$ARTIFACTS/test-results
PROJECT_TIMEOUT=${PROJECT_TIMEOUT:-2400}
HANG_TIMEOUT=${HANG_TIMEOUT:-8m}
# More failures than these are not the machine's.
MOST_REPEATED=20
# Whether the tests of the packages run, which need them made.
USES_PACKAGES=true

setup_tests() {
    need_root "setting up the tests"
    install_packages "${TEST_PACKAGES[@]}" "${DOCKER_PACKAGES[@]}"
    fetch_tools
    fetch_docker
    setup_machines
    make_rootfs
    say "containerd to test with: $(awk '{ printf "%s ", $1 }' "$TOOLS/containerd.list")"
}

# counter NAME FILE: an attribute of the result file's <Counters> element.
counter() {
    grep -o '<Counters [^>]*' "$2" | grep -oE " $1=\"[0-9]+\"" | tr -dc '0-9'
}

# failed_tests FILE: CLASS METHOD of each test that failed, without their arguments.
failed_tests() {
    awk -v RS='<' '
        function attribute(name) { return match($0, " " name "=\"[^\"]*\"") ? substr($0, RSTART + length(name) + 3, RLENGTH - length(name) - 4) : "" }
        /^UnitTestResult / && attribute("outcome") == "Failed" { failed[attribute("testId")] = 1 }
        /^UnitTest / { id = attribute("id") }
        /^TestMethod / { method = attribute("name"); sub(/\(.*/, "", method); class = attribute("className"); sub(/\(.*/, "", class); names[id] = class " " method }
        END { for (id in failed) if (id in names) print names[id] }' "$1" | sort -u
}

# unfinished_tests DIRECTORY: the full names of tests that a host was at when it crashed or hung, which its result file does not tell.
unfinished_tests() {
    grep -rhoE --include='Sequence*.xml' '<Test [^>]*Completed="False"[^>]*' "$1" 2>/dev/null | grep -oE ' Name="[^"]*"' | cut -d'"' -f2 | sort -u
}

# broken_fixtures TRX: what the end of a fixture had to complain of, such as things left behind, though its tests passed.
broken_fixtures() {
    grep -ohE '[A-Za-z]+ failed for test fixture [^ <]+' "$1" | sort -u
}

was_ended_early() { [[ -n $(unfinished_tests "$RESULTS/$1") ]] || grep -q 'test run was aborted' "$RESULTS/$1/$1.trx"; }

# name_failures NAME: remembers, for the end, which tests of a project failed, or failed again.
name_failures() {
    local trx=$RESULTS/$1/$1.trx again=$RESULTS/$1/again.trx name
    [[ ! -f $again ]] || trx=$again
    while read -r name; do
        FAILURES+=("   $1: failed: ${name/ /.}")
    done < <(failed_tests "$trx" 2>/dev/null)
    while read -r name; do
        FAILURES+=("   $1: $name")
    done < <(broken_fixtures "$RESULTS/$1/$1.trx" 2>/dev/null)
    while read -r name; do
        FAILURES+=("   $1: not ended: $name")
    done < <(unfinished_tests "$RESULTS/$1")
}

# A few failures are run once more, since the machine is shared and some tests measure time; what fails twice has failed, and what
# passes then is named. Sets `failed` and `passed` of the caller.
run_again() {
    local project=$1 name=$2 trx=$3 again=$RESULTS/$2/again.trx tests names filter still ran
    tests=$(failed_tests "$trx")
    ((failed <= MOST_REPEATED)) && [[ -n $tests ]] || return 0
    # A host that did not come to its end has not run the others, and what a fixture has left behind stays a failure.
    ! was_ended_early "$name" && [[ -z $(broken_fixtures "$trx") ]] || return 0
    names=$(tr ' \n' '. ' <<<"$tests")
    say "test $name once more: $names"
    # Between the two a full name has the arguments of the fixture.
    filter=$(sed -E 's/(.*) (.*)/(FullyQualifiedName~\1\&FullyQualifiedName~.\2)/' <<<"$tests" | paste -sd '|')
    timeout --kill-after=30 "$PROJECT_TIMEOUT" dotnet test "$project" --no-build -c Release --results-directory "$RESULTS/$name" \
        --logger "trx;LogFileName=again.trx" --logger "console;verbosity=minimal" --blame-hang-timeout "$HANG_TIMEOUT" \
        --blame-hang-dump-type none --filter "$filter" </dev/null || true
    # A run that did not reach every failed test says nothing of them.
    if still=$(counter failed "$again" 2>/dev/null) && ran=$(counter total "$again") && [[ -n $still ]] && ((ran >= failed)); then
        ((still > 0)) || status=0
        UNSTEADY+=("$(printf '   %s: %s of %s failed tests passed at the second attempt: %s' "$name" "$((failed - still))" "$failed" "$names")")
        passed=$((passed + failed - still)) failed=$still
    fi
}

run_project() {
    local project=$1 name=$2 filter=$3 status=0 results passed failed total
    local trx=$RESULTS/$name/$name.trx
    local arguments=(--no-build -c Release --results-directory "$RESULTS/$name" --logger "trx;LogFileName=$name.trx"
        --logger "console;verbosity=minimal" --blame-hang-timeout "$HANG_TIMEOUT" --blame-hang-dump-type none)
    if [[ -n $filter ]]; then
        arguments+=(--filter "FullyQualifiedName~$filter")
    fi
    rm -rf "${RESULTS:?}/$name"
    say "test $name"
    # The blame collector ends a test that hangs; this ends a host that hangs.
    timeout --kill-after=30 "$PROJECT_TIMEOUT" dotnet test "$project" "${arguments[@]}" </dev/null || status=$?
    passed=0 failed=0 total=0
    # A result file that cannot be read counts as a failure below.
    if ! { passed=$(counter passed "$trx") && failed=$(counter failed "$trx") && total=$(counter total "$trx"); } 2>/dev/null; then
        passed=0 failed=0 total=0
        ((status != 0)) || status=1
    fi
    ((failed == 0)) || run_again "$project" "$name" "$trx"
    # A host that crashed or was ended reports only what it had finished.
    ((status == 0 || failed > 0)) || failed=1 total=$((total + 1))
    ((failed == 0)) || name_failures "$name"
    results="$passed passed, $failed failed, $((total - passed - failed)) skipped"
    ((total > 0)) || [[ -n $filter ]] || warn "$name has no test"
    SUMMARY+=("$(printf '   %-45s %s' "$name" "$results")")
    PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed)) SKIPPED=$((SKIPPED + total - passed - failed))
}

run_tests() {
    local part=${1:-} filter=${2:-} project projects=() built=true
    need_dotnet
    setup_tests
    for project in tests/*.Tests/*.csproj; do
        [[ $(basename "$project" .csproj) == *"$part"* ]] && projects+=("$project")
    done
    if ((${#projects[@]} == 0)); then
        projects=(tests/*.Tests/*.csproj) filter=$part
    fi
    export CONTAINERD_PROTO_PATH=$TOOLS/protos/1.6
    export CONTAINERSHIM_TOOLS=$TOOLS CONTAINERSHIM_ROOTFS=$ROOTFS CONTAINERSHIM_CRIU=$TOOLS/bin/criu CONTAINERSHIM_VM=$ARTIFACTS/vm
    export PATH=$TOOLS/bin:$PATH
    PASSED=0 FAILED=0 SKIPPED=0 SUMMARY=() UNSTEADY=() FAILURES=()
    build_for_tests "$part" "${projects[@]}" || built=false
    if $built; then
        for project in "${projects[@]}"; do
            run_project "$project" "$(basename "$project" .csproj)" "$filter"
        done
        printf '%s\n' "${SUMMARY[@]}" "${UNSTEADY[@]}" "${FAILURES[@]}"
    else
        FAILED=1
    fi
    printf '%s passed, %s failed, %s skipped\n' "$PASSED" "$FAILED" "$SKIPPED"
    ((FAILED == 0 && PASSED > 0))
}

# In a subshell where it may end the script, so that the closing line is printed even then.
build_for_tests() {
    local part=$1 project
    shift
    if [[ -z $part ]]; then
        (build_solution) || return 1
    else
        for project in "$@"; do
            say "build $(basename "$project" .csproj)"
            quietly "$ARTIFACTS/log/build.log" dotnet build "$project" -c Release || return 1
        done
    fi
    [[ -d $SHIM_PROJECT ]] || return 0
    (publish_shim "$ARTIFACTS/shim") || return 1
    export CONTAINERSHIM_SHIM=$ARTIFACTS/shim/$SHIM
    [[ $* == *.Integration.Tests* ]] || return 0
    if $USES_PACKAGES; then
        # What the tests of the packages restore; the same build, so that little is left to do.
        (make_packages) || return 1
        (publish_aot "$SMOKE_PROJECT" "$SMOKE" "$ARTIFACTS/smoke") || return 1
        export CONTAINERSHIM_PACKAGES=$ARTIFACTS/packages CONTAINERSHIM_SMOKE=$ARTIFACTS/smoke/$SMOKE
    fi
    (make_disk) || return 1
}
