#!/usr/bin/env bash
# Renames a copy of this repository: the Go module, the Pulumi project with the prefix of
# all resources, the npm packages, and the pages.
#
# usage: scripts/rename.sh [--module MODULE] NAME
#
#   --module MODULE  the Go module, such as github.com/acme/live; default: NAME
#   -h, --help       prints this help
#
# NAME has 2 to 20 lower-case letters, digits and hyphens, and begins with a letter. The
# script changes tracked files only, and commits nothing. The subprotocol sallyport.v1
# keeps its name, because it names the protocol: clients of other copies work unchanged.
# LICENSE, CHANGELOG.md and docs/make-it-yours.md stay. The script removes its own test,
# which needs the template's name.
#
# Commit or stash all changes first; staged changes of a merge are allowed. Exit codes:
# 1 for a failure, 2 for wrong arguments. docs/make-it-yours.md describes the next steps.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

old=sallyport module=
while [[ $# -gt 0 ]]; do
  case $1 in
    --module=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" && continue ;;
    -h | --help) usage ;;
    --module) require_value "$@" && module=$2 && shift ;;
    --) shift && break ;;
    -*) misuse "unknown option $1" ;;
    *) break ;;
  esac
  shift
done
[[ $# -eq 1 && $1 ]] || misuse "give one NAME"
name=$1
module=${module:-$name}

[[ $name =~ ^[a-z][a-z0-9-]{0,18}[a-z0-9]$ ]] ||
  misuse "the name \"$name\" is not valid: use 2 to 20 lower-case letters, digits and hyphens, with a letter first and no hyphen last"
case $name in
  "$old") misuse "the name \"$name\" is the name of the template: use another one" ;;
  *aws* | *amazon* | *cognito*) misuse "the name \"$name\" contains aws, amazon or cognito, which Cognito refuses in a domain: use another one" ;;
esac
[[ $module =~ ^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)*$ ]] ||
  misuse "the module \"$module\" is not valid: use a path such as github.com/acme/live"

need go "see https://go.dev/dl"
need git "see https://git-scm.com"
need perl "see https://www.perl.org/get.html"
cd "$root"
if [[ ${module%%/*} != *.* ]] && go list std cmd | cut -d / -f 1 | grep -qxF -e "${module%%/*}" -e all -e std -e tool; then
  misuse "the module \"$module\" begins like a package of Go's standard library: use a path such as github.com/acme/$name"
fi
[[ $(git rev-parse --show-toplevel 2>/dev/null) -ef $root ]] || die "$root is not a Git repository: run git init, and commit everything"
[[ $(go list -m) == "$old" ]] ||
  die "the Go module is $(go list -m) already: this script renames the template only"
changed=$(git status --porcelain)
if [[ -f $(git rev-parse --git-path MERGE_HEAD) ]]; then
  changed=$(git diff --name-only && git ls-files -o --exclude-standard)
fi
[[ ! $changed ]] || die "these files have changes that are not committed: commit or stash them first"$'\n'"$changed"

kept=':(exclude)'
files() { git grep -lzIi "$old" -- "$@" "${kept}LICENSE" "${kept}CHANGELOG.md" "${kept}docs/make-it-yours.md" "${kept}scripts/rename*"; }

# In Go, import paths and the import rules have the name of the module.
export old name module
folders='infra|lambda|local|test|frontend|scripts|examples'
files '*.go' '*.tmpl' '*.yml' go.mod .ci | xargs -0 perl -pi -e "s{\\b\$ENV{old}(?=/(?:$folders)\\b)}{\$ENV{module}}g; s{^module \$ENV{old}\$}{module \$ENV{module}}"
perl -pi -e 's{"$ENV{old}(?=["/])}{"$ENV{module}}g' test/repository/imports_test.go
perl -pi -e 's{\b$ENV{old}\b}{$ENV{module}}g' .golangci.yml
# shellcheck disable=SC2016 # Perl expands them
files | xargs -0 perl -pi -e '
  s{\b$ENV{old}(?=\b|_)(?!\.v1\b)}{$ENV{name}}g;
  s{\bSallyport}{ucfirst $ENV{name}}ge;
  s{\bSALLYPORT}{(my $n = uc $ENV{name}) =~ tr/-/_/; $n}ge;'
git diff --name-only -z -- '*.go' | xargs -0 gofmt -w
rm -f scripts/rename_test.go

printf 'renamed %d files: the project is %s, the module %s\n' "$(git diff --name-only | wc -l)" "$name" "$module"
echo "next: npm --prefix frontend ci, make generate plan, commit, make test (docs/make-it-yours.md)"
