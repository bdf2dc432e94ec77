#!/bin/bash
# entrypoint.sh COMMAND ARGUMENT...: sets up DIRAC's environment, puts a hotfix in place if one is asked for, and becomes the command.
#
#   DIRAC_REPO, DIRAC_BRANCH, DIRAC_COMMIT                 a hotfix of DIRAC: its git repository; a branch or tag, the repository's default
#                                                          branch where none is given; a commit to stay at, whatever becomes of the branch
#   LHCB_DIRAC_REPO, LHCB_DIRAC_BRANCH, LHCB_DIRAC_COMMIT  the same of LHCbDIRAC
#   DIRAC_ROOT_PATH                                        where DIRAC is, /opt/dirac by default
#   DIRAC_HOTFIX_TIMEOUT                                   seconds that each step of git and pip may take, 300 by default
#
# Two layouts are known. Legacy: the tarball of the Python 2 days, with the folders DIRAC and LHCbDIRAC; a hotfix takes a folder's place by a
# link. pip: DIRACOS2 (diracosrc) or a virtual environment (venv); a hotfix is installed into it, without its dependencies.
# bash, not sh: what DIRAC gives to be sourced is written for it.
#
# A hotfix is put in place once in a container's run. Started again beside the service, as by Marathon's health checks, this sets up the environment
# and nothing else: no code is exchanged under a running service.
#
# What goes wrong before the command starts ends the container with exit code 1 and one line on stderr. Passwords and tokens in the address
# of a repository are in no message, and not in the clone.
set -uo pipefail

root=${DIRAC_ROOT_PATH:-/opt/dirac}
limit=${DIRAC_HOTFIX_TIMEOUT:-300}
scratch='' child=''
# The hotfix that is being put in place: what was asked for, the repository's address without secrets, the clone, and the commit found.
name='' repo='' branch='' commit='' shown='' clone='' hash=''

say() { printf 'entrypoint: %s\n' "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

clean_up() {
  [ -z "$child" ] || kill "$child" 2>/dev/null
  [ -z "$scratch" ] || rm -rf "$scratch"
}

# masked TEXT: the text on one line, without what may be secret in the repository's or any other address.
masked() {
  local text=$1 secret
  # The password of user:password@, or what stands there alone, unless it is as short as the user `git`.
  secret=$(sed -nE 's#^[A-Za-z0-9+.-]+://([^/:]*:([^/]+)|([^/:]{8,}))@.*#\2\3#p' <<<"$repo")
  [ -z "$secret" ] || text=${text//"$secret"/'***'}
  sed -E 's#(://)[^/[:space:]]*@#\1***@#g; s#(://[^?[:space:]]*\?)[^[:space:]]*#\1***#g' <<<"$text" |
    tr -s '[:cntrl:][:space:]' ' ' | sed 's/ $//'
}

# bounded COMMAND...: runs it with a deadline and nobody to ask; $scratch/out has what it says. It runs in the background, or a signal would have
# to wait for it.
bounded() {
  local status
  timeout --kill-after=5 "$limit" "$@" </dev/null >"$scratch/out" 2>&1 &
  child=$!
  wait "$child"
  status=$?
  child=''
  [ "$status" -ne 124 ] && [ "$status" -ne 137 ] || printf 'not done within %s s (DIRAC_HOTFIX_TIMEOUT)\n' "$limit" >"$scratch/out"
  return "$status"
}

# last_words: what the last bounded command complained of, or else its last lines.
last_words() {
  local words
  words=$(grep -iE '^[[:space:]]*(error|fatal): ' "$scratch/out" || grep -v '^[[:space:]]*$' "$scratch/out")
  masked "$(tail -n 4 <<<"$words" | tail -c 600)"
}

# git_here COMMAND ARGUMENT...: git on the hotfix's clone and on no folder around it, whoever owns it. Less than 1000 bytes/s for 30 s is no download.
git_here() {
  bounded env LC_ALL=C GIT_TERMINAL_PROMPT=0 GIT_HTTP_LOW_SPEED_LIMIT=1000 GIT_HTTP_LOW_SPEED_TIME=30 \
    GIT_SSH_COMMAND="${GIT_SSH_COMMAND:-ssh -o BatchMode=yes -o ConnectTimeout=30}" \
    git --git-dir="$clone/.git" --work-tree="$clone" -c safe.directory='*' "$@"
}

# find_commit: leaves the full hash of what is asked for in `hash`; false where the clone does not have it.
find_commit() {
  local ref refs=(refs/hotfix/default)
  [ -z "$branch" ] || refs=("refs/remotes/origin/$branch" "refs/tags/$branch")
  [ -z "$commit" ] || refs=("$commit")
  hash=''
  for ref in "${refs[@]}"; do
    git_here rev-parse --verify --quiet "$ref^{commit}" && hash=$(<"$scratch/out") && return
  done
  return 1
}

# fetch: brings all branches and tags, and a commit that none of them has.
fetch() {
  local refs=('+refs/heads/*:refs/remotes/origin/*' '+refs/tags/*:refs/tags/*')
  [ -n "$branch$commit" ] || refs+=('+HEAD:refs/hotfix/default')
  git_here fetch --quiet --prune --force -- "$repo" "${refs[@]}" || return
  [ -z "$commit" ] || find_commit || git_here fetch --quiet -- "$repo" "$commit" || true
}

# The files are as in the commit and there are no others: what an earlier build left would be installed again.
check_out() {
  git_here checkout --quiet --force --detach "$hash" && git_here clean --quiet --force --force -d -x
}

# reuse: takes the clone of an earlier start, refreshed. False where it is none of this repository, or is not whole.
reuse() {
  git_here config --get dips-probe.repository && [ "$(<"$scratch/out")" = "$shown" ] || return
  # Of a git that was killed; no other uses this clone.
  find "$clone/.git" -name '*.lock' -delete
  if [ -n "$commit" ] && find_commit; then
    check_out
    return
  fi
  fetch && find_commit && check_out && return
  # A git server that is down shall not keep a container from running again what it ran before.
  local why
  why=$(last_words)
  find_commit && check_out && say "$name: $shown cannot be fetched, so what an earlier start fetched is used: $why"
}

# clone_anew: puts a new clone in the place of whatever is there.
clone_anew() {
  rm -rf "$clone" || fail "$name: cannot remove $clone, which is no usable clone of $shown"
  mkdir -p "$clone" || fail "$name: cannot make the folder $clone"
  git_here init --quiet || fail "$name: cannot make the clone $clone: $(last_words)"
  git_here config dips-probe.repository "$shown"
  fetch || fail "$name: cannot fetch $shown: $(last_words)"
  find_commit || fail "$name: $shown has no ${commit:+commit }${commit:-branch or tag $branch}"
  check_out || fail "$name: cannot check out $hash: $(last_words)"
}

# link_package: legacy layout. $root/NAME becomes a link to the package in the clone; what was there is kept as NAME.orig.
link_package() {
  local place=$root/$name package=$clone
  # LHCbDIRAC's code is in a folder of its repository, and so is DIRAC's since v7r2.
  [ ! -d "$clone/src/$name" ] || package=$clone/src/$name
  [ "$name" != LHCbDIRAC ] || [ -d "$clone/src/$name" ] || package=$clone/$name
  [ -d "$package" ] || fail "$name: $shown at $hash has no folder $name; expected one, with the code"
  if [ -e "$place" ] && [ ! -L "$place" ]; then
    [ ! -e "$place.orig" ] || fail "$name: $place and $place.orig are both there; expected one, the original"
    mv "$place" "$place.orig" || fail "$name: cannot rename $place to $place.orig"
  fi
  ln -sfn "$package" "$place" || fail "$name: cannot link $place to $package"
}

# Exit code 0: all that pyproject.toml (argument) wants for a build is in this environment.
readonly HAS_BUILD_TOOLS='
import sys
from importlib.metadata import PackageNotFoundError, version
from pip._vendor.packaging.requirements import Requirement
try:
    import tomllib
except ImportError:
    from pip._vendor import tomli as tomllib
try:
    with open(sys.argv[1], "rb") as file:
        wanted = tomllib.load(file).get("build-system", {}).get("requires", ["setuptools"])
except FileNotFoundError:
    wanted = ["setuptools", "wheel"]
for requirement in map(Requirement, wanted):
    if requirement.marker and not requirement.marker.evaluate():
        continue
    try:
        if not requirement.specifier.contains(version(requirement.name), prereleases=True):
            sys.exit(1)
    except PackageNotFoundError:
        sys.exit(1)
'

# install_package: pip layout. Installs the clone, unless the environment has this very commit of it.
install_package() {
  local python mark options=(--quiet --no-input --disable-pip-version-check --no-deps --force-reinstall)
  python=$(command -v python || command -v python3) || fail "$name: there is no python in this environment, which a hotfix needs"
  mark=$("$python" -c 'import sys; print(sys.prefix)')/.hotfix-$name
  [ ! -f "$mark" ] || [ "$(<"$mark")" != "$hash" ] || return 0
  rm -f "$mark"
  # Then pip need not bring them, and so no network.
  ! bounded "$python" -c "$HAS_BUILD_TOOLS" "$clone/pyproject.toml" || options+=(--no-build-isolation)
  bounded "$python" -m pip install "${options[@]}" "$clone" || fail "$name: pip cannot install $shown at $hash: $(last_words)"
  printf '%s\n' "$hash" >"$mark" || fail "$name: cannot write $mark"
}

# undo: no hotfix of this package is asked for (any more). A container that is started again has the files of its last run.
undo() {
  local place=$root/$name python mark
  if [ -L "$place" ] && [ -d "$place.orig" ]; then
    rm "$place" || fail "$name: cannot remove the link $place"
    mv "$place.orig" "$place" || fail "$name: cannot rename $place.orig to $place"
  fi
  [ -d "$clone" ] || return 0
  python=$(command -v python || command -v python3) || return 0
  mark=$("$python" -c 'import sys; print(sys.prefix)')/.hotfix-$name
  [ ! -f "$mark" ] || fail "$name: no hotfix is asked for, but this environment holds that of $(<"$mark"); make the container anew"
}

# started_at PID: when the process started, in the kernel's ticks; nothing where there is none.
started_at() {
  local stat fields
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return
  # Behind the name, which may hold anything, the 20th field.
  read -ra fields <<<"${stat##*) }"
  printf '%s\n' "${fields[19]}"
}

# runs_beside_service: does the process live that put the hotfixes in place? It has become the service, or is still at it.
runs_beside_service() {
  local pid start
  read -r pid start 2>/dev/null <"$root/.hotfix-process" || return
  [[ $pid =~ ^[0-9]+$ ]] && [ "$pid" != $$ ] && [ "$(started_at "$pid")" = "$start" ]
}

# put_hotfix NAME REPO BRANCH COMMIT LAYOUT
put_hotfix() {
  name=$1 repo=$2 branch=$3 commit=$4 clone=$root/$1_alt
  if [ -z "$repo" ]; then
    [ -z "$branch$commit" ] || fail "$name: a branch or commit is given without a repository; expected all of them, or none"
    undo
    return
  fi
  shown=$(masked "$repo")
  scratch=${scratch:-$(mktemp -d)}
  [ -n "$scratch" ] || fail "$name: cannot make a temporary folder in ${TMPDIR:-/tmp}, which a hotfix needs"
  command -v git >/dev/null || fail "$name: there is no git in this image, which a hotfix needs"
  [ -w "$root" ] || fail "$name: $root cannot be written to, which a hotfix needs"
  printf '%s %s\n' $$ "$(started_at $$)" >"$root/.hotfix-process" || fail "$name: cannot write $root/.hotfix-process"
  [[ $commit =~ ^([0-9a-fA-F]{7,64})?$ ]] || fail "$name: commit '$commit': expected 7 to 64 hexadecimal digits"
  reuse || clone_anew
  case $5 in
    legacy) link_package ;;
    pip) install_package ;;
  esac
  say "$name: hotfix of $shown${branch:+, $branch}, commit $hash"
}

# find_setup: prints the file that sets up DIRAC's environment, DIRAC's own bashrc or DIRACOS2's diracosrc; nothing where there is none.
find_setup() {
  local file
  for file in "$root/bashrc" "$root/diracos/diracosrc" "$root/diracosrc"; do
    [ ! -e "$file" ] || printf '%s\n' "$file"
  done | head -n 1
}

command=("$@")
[ $# -gt 0 ] || fail 'no command given: expected one, such as dirac-service DataManagement/FileCatalog'
[ -d "$root" ] || fail "$root is not there: expected the folder of a DIRAC installation (DIRAC_ROOT_PATH)"
[[ $limit =~ ^[1-9][0-9]{0,4}$ ]] || fail "DIRAC_HOTFIX_TIMEOUT '$limit': expected seconds, a whole number from 1"
setup=$(find_setup)
if [ -n "$setup" ]; then
  [ -r "$setup" ] || fail "$setup cannot be read, which sets up DIRAC's environment"
  # Not in a function, where `declare` would be local. It was not written for `set -u`, may end with any exit code, and gets no arguments.
  set --
  set +u
  # shellcheck source=/dev/null
  source "$setup"
  set -u
elif [ -x "$root/venv/bin/python" ]; then
  export VIRTUAL_ENV=$root/venv PATH=$root/venv/bin:$PATH
else
  fail "no DIRAC in $root: expected bashrc, diracos/diracosrc, diracosrc or venv/bin/python there"
fi
if runs_beside_service; then exec "${command[@]}"; fi
trap clean_up EXIT
# A first process of a container has no signals but those it asks for.
trap 'exit 143' TERM
trap 'exit 130' INT
layout=pip
if [ -e "$root/DIRAC" ] || [ -e "$root/DIRAC.orig" ]; then layout=legacy; fi
put_hotfix DIRAC "${DIRAC_REPO:-}" "${DIRAC_BRANCH:-}" "${DIRAC_COMMIT:-}" "$layout"
put_hotfix LHCbDIRAC "${LHCB_DIRAC_REPO:-}" "${LHCB_DIRAC_BRANCH:-}" "${LHCB_DIRAC_COMMIT:-}" "$layout"
clean_up
trap - EXIT TERM INT
exec "${command[@]}"
