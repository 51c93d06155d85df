#!/usr/bin/env bash
# Runs a saved query over the function's log, and prints each line that it finds as JSON.
#
# usage: scripts/query.sh [--stack NAME] [--hours N] QUERY [VALUE]
#        scripts/query.sh [--stack NAME]
#
#   QUERY          the name of the query; without it, the script prints all names
#   VALUE          the user, the trace id or the connection that the query searches for
#   --hours N      searches the last N hours; default: 1
#   --stack NAME   uses this Pulumi stack; default: the selected one
#   -h, --help     prints this help
#
# Examples:
#   scripts/query.sh user alice
#   scripts/query.sh --hours 24 refusals
#
# docs/queries.md describes the queries. A line is in the log some seconds after its event.
# The script needs the AWS CLI, Node.js and the Pulumi CLI, and the permissions
# logs:DescribeQueryDefinitions, logs:StartQuery and logs:GetQueryResults. Write -- before a
# VALUE that begins with a dash. Exit codes: 1 for a failure, 2 for wrong arguments.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

or_local= # the local run has no saved queries
hours=1
while [[ $# -gt 0 ]]; do
  case $1 in
    --stack=* | --hours=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" && continue ;;
    -h | --help) usage ;;
    --local) misuse "the local run has no saved queries: its log is in the terminal of make run" ;;
    --stack) require_value "$@" && stack=("--stack=$2") && shift ;;
    --hours) require_value "$@" && hours=$2 && shift ;;
    --) shift && break ;;
    -*) misuse "unknown option $1" ;;
    *) break ;;
  esac
  shift
done
[[ $hours =~ ^[1-9][0-9]{0,3}$ ]] || misuse "--hours $hours: want a number from 1 to 9999"
name=${1-}
[[ $# -gt 1 && $2 == -- ]] && set -- "$name" "${@:3}"
[[ $# -le 2 ]] || misuse "give one QUERY and one VALUE"
searched=${2-}
[[ $searched != *[\"\\[:cntrl:]]* ]] ||
  misuse "the value has a quotation mark, a backslash or a control character: run the query in the CloudWatch console"

need_aws
use_stack
group=$(output logGroupName)
call logs describe-query-definitions --query-definition-name-prefix "${group%-function-*}-" --max-results 1000 --output json >"$work/queries" ||
  explain "cannot list the saved queries"
# The names of two stacks can begin alike, so the log group decides.
node -e '
  const [group, name] = process.argv.slice(1);
  const { queryDefinitions } = JSON.parse(require("fs").readFileSync(0));
  const own = queryDefinitions.filter((q) => q.logGroupNames?.includes(group)).map((q) => [q.name.split("/").pop(), q.queryString]);
  console.log(name ? (own.find(([n]) => n === name)?.[1] ?? "") : own.map(([n]) => n).sort().join("\n"));
' "$group" "$name" <"$work/queries" >"$work/query"
text=$(<"$work/query")
[[ $text ]] || die "the stack has no saved query${name:+ $name}: ${name:+scripts/query.sh without a name lists them, and }pulumi up saves them"
[[ $name ]] || { echo "$text" && exit; }

# put_value puts the value in the places of the word in capitals.
put_value() {
  local word rest=$text
  if ! [[ $text =~ \"(USER|CONNECTION|TRACE)\" ]]; then
    [[ ! $searched ]] || misuse "the query $name takes no VALUE"
    return
  fi
  word=${BASH_REMATCH[0]}
  [[ $searched ]] || misuse "the query $name needs a VALUE, in the place of ${BASH_REMATCH[1]}"
  text=
  while [[ $rest == *"$word"* ]]; do text+=${rest%%"$word"*}\"$searched\" rest=${rest#*"$word"}; done
  text+=$rest
}
put_value

now=$(date +%s)
id=$(call logs start-query --log-group-name "$group" --start-time "$((now - hours * 3600))" --end-time "$now" \
  --query-string "$text" --query queryId --output text) || explain "cannot start the query"
state=Scheduled
while [[ $state == Scheduled || $state == Running ]]; do
  sleep 1
  call logs get-query-results --query-id "$id" --output json >"$work/results" || explain "cannot read the result of the query"
  state=$(node "$scripts/json.mjs" lines <"$work/results" | sed -n 's/^status=//p')
done
[[ $state == Complete ]] || die "the query ended with the status $state: try a shorter time (--hours)"
# Text of clients must not control the terminal: JSON escapes all but the C1 characters.
node -e '
  for (const row of JSON.parse(require("fs").readFileSync(0)).results) {
    const line = row.filter((f) => f.field !== "@ptr").map((f) => [f.field, f.value]);
    console.log(JSON.stringify(Object.fromEntries(line)).replace(/[\u007f-\u009f]/g, "?"));
  }
' <"$work/results" >"$work/lines"
[[ -s $work/lines ]] || printf '%s: the query %s found no line in the last %s h\n' "$(basename "$0")" "$name" "$hours" >&2
cat "$work/lines"
