#!/usr/bin/env bash
# Sends messages from the backend to connected clients, or ends their
# connections.
#
# usage: scripts/send.sh [--local | --stack NAME] [TARGET] [FILE...]
#        scripts/send.sh --disconnect [--reason TEXT] [--local | --stack NAME] TARGET
#
#   --local           to the clients of the local run (make run)
#   --stack NAME      of this Pulumi stack; default: the selected one
#   FILE...           files with one JSON value each, in UTF-8;
#                     default: the samples in scripts/messages, one a second
#   --disconnect      ends the connections instead, after a closing message
#   --reason TEXT     what the closing message tells, at most 1000 bytes
#   -h, --help        prints this help
#
# TARGET is one of these:
#
#   --connection ID   one connection: the page shows its id
#   --user NAME       every connection of the users with this name
#   --sub SUB         every connection of the user whose token has this sub
#   --issuer ISS      with --sub: the issuer of that token; default: the first one
#   --all             every connection; the default, but not of --disconnect
#
# Needs the AWS CLI and Node.js, and the Pulumi CLI for a deployed stack. One
# connection is sent to directly, by the API's @connections; the other targets
# by a push event to the Lambda, which knows who is connected. Connections are
# ended by a disconnect event to the Lambda. A token stays good until it
# expires, and its owner can connect again: to keep a user out, disable the user
# at the issuer, too.
#
# Exits with 0 when everything was sent or ended, with 3 when the target is not
# connected, with 2 on a wrong use, and with 1 on any other failure.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

target='' kind='' issuer='' disconnect='' reason=''
choose() {
  [[ ! $kind ]] || misuse "choose one of --connection, --user, --sub and --all"
  kind=$1 target=${2-}
}

while [[ $# -gt 0 ]]; do
  case $1 in
    --stack=* | --connection=* | --user=* | --sub=* | --issuer=* | --reason=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" && continue ;;
    -h | --help) usage ;;
    --local) local_run=1 ;;
    --stack) value "$@" && stack=("--stack=$2") && shift ;;
    --connection | --user | --sub) value "$@" && choose "${1#--}" "$2" && shift ;;
    --issuer) value "$@" && issuer=$2 && shift ;;
    --all) choose all ;;
    --disconnect) disconnect=1 ;;
    --reason) value "$@" && reason=$2 && shift ;;
    --) shift && break ;;
    -*) misuse "unknown option $1" ;;
    *) break ;;
  esac
  shift
done
[[ ! $issuer || $kind == sub ]] || misuse "--issuer $issuer needs --sub: it says whose sub it is"
# No other text must become part of an address.
[[ $kind != connection || $target =~ ^[A-Za-z0-9_-]+=?=?$ ]] || misuse "$target is no connection id: copy it from the page"

# bytes TEXT prints how many bytes it has.
bytes() {
  local LC_ALL=C
  printf '%d' "${#1}"
}

files=()
pause=0
if [[ $disconnect ]]; then
  [[ $# -eq 0 ]] || misuse "--disconnect takes no file ($1): say why with --reason"
  [[ $kind ]] || misuse "--disconnect needs one of --connection, --user, --sub and --all"
  [[ $(bytes "$reason") -le 1000 ]] || misuse "the reason has $(bytes "$reason") bytes: shorten it to 1000"
else
  [[ ! $reason ]] || misuse "--reason \"$reason\" is told with --disconnect only: add it, or send a message file"
  kind=${kind:-all}
  files=("$@")
  if [[ $# -eq 0 ]]; then
    files=("$root"/scripts/messages/*.json)
    pause=1
  fi
fi

need_aws
use_stack
if [[ $kind == connection && ! $disconnect ]]; then
  endpoint=$(output connectionsUrl)
else
  function=$(output functionName)
  if [[ $local_run ]]; then
    endpoint=$(output connectionsUrl)
    aws+=(--endpoint-url "${endpoint%/*}")
  fi
fi

# nobody says that the target is not connected.
nobody() {
  case $kind in
    connection) die "the connection $target is gone, or was never there: the page shows the id of its connection" 3 ;;
    user) die "nobody with the name $target is connected: whoami, and the page, show the name of a user" 3 ;;
    sub) die "nobody with the sub $target${issuer:+ of $issuer} is connected" 3 ;;
    all) die "nobody is connected" 3 ;;
  esac
}

# to_connection FILE WHAT posts a file to the one connection, whose id may begin
# with a dash.
to_connection() {
  if call --endpoint-url "$endpoint" apigatewaymanagementapi post-to-connection \
    --connection-id="$target" --data "fileb://$1" >/dev/null; then
    echo "$2: sent 1"
    return
  fi
  case $(<"$work/error") in
    *"(GoneException)"*) nobody ;;
    *"Invalid connectionId"*) die "$target is no connection id: copy it from the page" ;;
    *) explain "cannot send $2" ;;
  esac
}

# fields of the target, as the Lambda reads it.
target_fields=("$kind=$target")
[[ $kind != all ]] || target_fields=(all:=true)
[[ ! $issuer ]] || target_fields+=("issuer=$issuer")

# by_order WHAT COUNT PREFIX FIELD... has the Lambda do an order, which WHAT
# describes, and prints its counts after the prefix. COUNT names the count of
# the connections that were reached.
by_order() {
  local what=$1 name=$2 prefix=$3 order=push error reached gone failed
  shift 3
  [[ ! $disconnect ]] || order=disconnect
  encode "${target_fields[@]/#/$order.target.}" "$@" >"$work/order"
  error=$(call lambda invoke --function-name "$function" --payload "fileb://$work/order" \
    --query FunctionError --output text "$work/answer") || explain "cannot $what"
  [[ $error == None ]] || die "cannot $what: the function says: $(function_error)"
  node "$scripts/json.mjs" lines <"$work/answer" >"$work/counts"
  reached=$(count "$name") gone=$(count gone) failed=$(count failed)
  printf '%s%s %s, gone %s, failed %s\n' "$prefix" "$name" "$reached" "$gone" "$failed"
  [[ $failed == 0 ]] || die "$failed connections may have missed it: the log of the function $function says why"
  [[ $reached != 0 ]] || nobody
}

# count NAME prints a count of the Lambda's answer.
count() {
  local found
  found=$(sed -n "s/^$1=//p" "$work/counts")
  [[ $found ]] || die "the answer of the function has no count \"$1\": $(<"$work/answer")"
  printf '%s' "$found"
}

# function_error prints what the Lambda failed with.
function_error() {
  local found
  found=$(member errorMessage <"$work/answer")
  printf '%s' "${found:-$(<"$work/answer")}"
}

to="$kind${target:+ $target}"
if [[ $disconnect ]]; then
  fields=()
  [[ ! $reason ]] || fields=("disconnect.reason=$reason")
  by_order "disconnect $to" disconnected "" ${fields[@]+"${fields[@]}"}
  exit
fi
# Each file is read once, as it may be a pipe, and all before the first is sent.
for i in "${!files[@]}"; do
  error=$(node "$scripts/json.mjs" message "${files[$i]}" 2>&1 >"$work/message.$i") || die "$error"
done
for i in "${!files[@]}"; do
  [[ $i -eq 0 ]] || sleep "$pause"
  what="${files[$i]##*/} to $to"
  if [[ $kind == connection ]]; then
    to_connection "$work/message.$i" "$what"
  else
    by_order "send $what" sent "$what: " "push.message:=@$work/message.$i"
  fi
done
