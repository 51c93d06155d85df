#!/usr/bin/env bash
# Sends messages from the backend to connected clients, or ends their connections.
#
# usage: scripts/send.sh [--local | --stack NAME] [TARGET] [FILE...]
#        scripts/send.sh --disconnect [--reason TEXT] [--local | --stack NAME] TARGET
#
#   --local           uses the local run (make run)
#   --stack NAME      uses this Pulumi stack; default: the selected one
#   FILE...           files with one JSON value each, in UTF-8;
#                     default: the samples in scripts/messages, one a second
#   --disconnect      ends the connections instead, after a closing message
#   --reason TEXT     the text of the closing message, at most 1000 bytes
#   --trace ID        sends this trace id, 32 lower-case hexadecimal digits, with the push: the
#                     function's line of the push has it. Not with --disconnect
#   -h, --help        prints this help
#
# TARGET is one of these:
#
#   --connection ID   one connection: the page shows its id
#   --user NAME       every connection of the users with this name
#   --sub SUB         every connection of the user whose token has this sub
#   --issuer ISS      with --sub: the issuer of that token; default: the first one
#   --all             every connection; the default without --disconnect
#   --channel NAME    the subscribers of this channel, such as chat:room1; not with
#                     --disconnect. The script prints the offset of the publication
#   --channel NAMESPACE with --sub SUB or --user NAME: the own channel of this user in the
#                     namespace, such as user. With --user, the user must be connected
#   --key KEY         with --channel: publications with the same key within five minutes
#                     are one publication, so a failed command can be repeated
#
# Needs the AWS CLI and Node.js, and the Pulumi CLI for a deployed stack. It posts to one
# connection directly, by the API's @connections. For the other targets, and with --trace, it
# sends a push command to the function, which knows the connections; for --disconnect, a
# disconnect command. A disconnected user whose token is valid can connect again: to keep a user out,
# disable the user at the issuer, too.
#
# With channels in the app, a queue takes a command for more than 250 connections. The count
# "queued" is the number of connections that the command reaches later: within seconds, or
# within minutes if they are very many.
#
# Exit codes: 0 if everything was sent, ended or queued, 3 if the target is not connected,
# 2 for wrong arguments, 1 for any other failure.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

target='' kind='' owner='' issuer='' key='' disconnect='' reason='' trace=''
# choose KIND [VALUE] records a target option. It refuses a second target.
choose() {
  case "$kind $owner:$1" in
    ' :'*) kind=$1 target=${2-} ;;
    'channel :user' | 'channel :sub') owner="$1=$2" ;;
    'user :channel' | 'sub :channel') owner="$kind=$target" kind=channel target=$2 ;;
    *) misuse "use only one of --connection, --user, --sub, --channel and --all, or --channel with --user or --sub" ;;
  esac
}

while [[ $# -gt 0 ]]; do
  case $1 in
    --stack=* | --connection=* | --user=* | --sub=* | --issuer=* | --channel=* | --key=* | --reason=* | --trace=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" && continue ;;
    -h | --help) usage ;;
    --local) local_run=1 ;;
    --stack) require_value "$@" && stack=("--stack=$2") && shift ;;
    --connection | --user | --sub | --channel) require_value "$@" && choose "${1#--}" "$2" && shift ;;
    --issuer) require_value "$@" && issuer=$2 && shift ;;
    --key) require_value "$@" && key=$2 && shift ;;
    --all) choose all ;;
    --disconnect) disconnect=1 ;;
    --trace) require_value "$@" && trace=$2 && shift ;;
    --reason) require_value "$@" && reason=$2 && shift ;;
    --) shift && break ;;
    -*) misuse "unknown option $1" ;;
    *) break ;;
  esac
  shift
done
[[ ! $issuer || $kind == sub || $owner == sub=* ]] || misuse "--issuer $issuer needs --sub: it is the issuer of that sub"
[[ ! $key || $kind == channel ]] || misuse "--key $key needs --channel: it is the key of a publication"
# The id becomes part of an address, so no other text is allowed.
[[ $kind != connection || $target =~ ^[A-Za-z0-9_-]+=?=?$ ]] || misuse "the connection id \"$target\" is not valid: copy it from the page"

[[ ! $trace || $trace =~ ^[0-9a-f]{32}$ ]] || misuse "the trace id \"$trace\" is not valid: it has 32 digits, 0 to 9 and a to f"
[[ ! $trace || ! $disconnect ]] || misuse "--trace $trace is for a push, and --disconnect sends none: find the lines by the connection or the user"

# bytes TEXT prints the number of its bytes.
bytes() {
  local LC_ALL=C
  printf '%d' "${#1}"
}

files=()
pause=0
if [[ $disconnect ]]; then
  [[ $kind != channel ]] || misuse "--disconnect ends connections, and --channel names none: use --connection, --user, --sub or --all"
  [[ $# -eq 0 ]] || misuse "--disconnect sends no file ($1): give the reason with --reason"
  [[ $kind ]] || misuse "--disconnect needs one of --connection, --user, --sub and --all"
  [[ $(bytes "$reason") -le 1000 ]] || misuse "the reason has $(bytes "$reason") bytes: shorten it to 1000"
else
  [[ ! $reason ]] || misuse "--reason \"$reason\" needs --disconnect: add it, or send a message file"
  kind=${kind:-all}
  files=("$@")
  if [[ $# -eq 0 ]]; then
    files=("$root"/scripts/messages/*.json)
    pause=1
  fi
fi

need_aws
use_stack
[[ $kind == connection && ! $disconnect && ! $trace ]] && direct=1 || direct=''
if [[ $direct ]]; then
  endpoint=$(output connectionsUrl)
else
  function=$(output functionName)
  if [[ $local_run ]]; then
    endpoint=$(output connectionsUrl)
    aws+=(--endpoint-url "${endpoint%/*}")
  fi
fi

# not_connected ends the script because the target is not connected.
not_connected() {
  case $kind in
    connection) die "the connection $target is gone, or never existed: the page shows the id of its connection" 3 ;;
    user) die "no user with the name $target is connected: whoami, and the page, show the name of a user" 3 ;;
    sub) die "no user with the sub $target${issuer:+ of $issuer} is connected" 3 ;;
    all) die "no client is connected" 3 ;;
  esac
}

# to_connection FILE SUBJECT posts a file to the connection. SUBJECT names file and target in
# the output. The id may begin with a dash.
to_connection() {
  if call --endpoint-url "$endpoint" apigatewaymanagementapi post-to-connection \
    --connection-id="$target" --data "fileb://$1" >/dev/null; then
    echo "$2: sent 1"
    return
  fi
  case $(<"$work/error") in
    *"(GoneException)"*) not_connected ;;
    *"Invalid connectionId"*) die "the connection id \"$target\" is not valid: copy it from the page" ;;
    *) explain "cannot send $2" ;;
  esac
}

# The fields of the target in the event.
target_fields=("$kind=$target")
[[ $kind != all ]] || target_fields=(all:=true)
[[ ! $owner ]] || target_fields+=("$owner")
[[ ! $issuer ]] || target_fields+=("issuer=$issuer")
[[ ! $key ]] || target_fields+=("key=$key")

# invoke ACTION FIELD... sends a push or disconnect command to the function and writes the
# lines of its answer to $work/counts. ACTION describes the command in errors.
invoke() {
  local action=$1 command=push error
  shift
  [[ ! $disconnect ]] || command=disconnect
  encode "${target_fields[@]/#/$command.target.}" "$@" >"$work/command"
  error=$(call lambda invoke --function-name "$function" --payload "fileb://$work/command" \
    --query FunctionError --output text "$work/answer") || explain "cannot $action"
  if [[ $error != None ]]; then
    error=$(function_error)
    [[ $owner != user=* || $error != *"no user with the name"* ]] || die "cannot $action: $error" 3
    die "cannot $action: the function failed: $error"
  fi
  node "$scripts/json.mjs" lines <"$work/answer" >"$work/counts"
}

# publish SUBJECT FIELD... publishes in the channel and prints the position.
publish() {
  local offset
  invoke "send $1" "${@:2}"
  offset=$(sed -n 's/^offset=//p' "$work/counts")
  if [[ $offset ]]; then
    echo "$1: offset $offset$traced"
  elif grep -qx 'queued=true' "$work/counts"; then
    echo "$1: accepted, and not delivered within 3 seconds: the queue delivers it$traced"
  else
    echo "$1: sent$traced"
  fi
}

# by_command ACTION COUNT PREFIX FIELD... sends a command and prints the counts of the
# answer after the prefix. COUNT is the name of the count of reached connections.
by_command() {
  local action=$1 name=$2 prefix=$3 reached gone failed queued
  shift 3
  invoke "$action" "$@"
  reached=$(count "$name") gone=$(count gone) failed=$(count failed)
  queued=$(sed -n 's/^queued=//p' "$work/counts") # absent if the queue does not take the command
  printf '%s%s %s, gone %s, failed %s%s%s\n' "$prefix" "$name" "$reached" "$gone" "$failed" "${queued:+, queued $queued}" "$traced"
  [[ $failed == 0 ]] || die "$failed connections failed: the log of the function $function has the cause"
  [[ $reached != 0 || $queued ]] || not_connected
}

# count NAME prints a count of the function's answer.
count() {
  local found
  found=$(sed -n "s/^$1=//p" "$work/counts")
  [[ $found ]] || die "the answer of the function has no count \"$1\": $(<"$work/answer")"
  printf '%s' "$found"
}

# function_error prints the error of the function.
function_error() {
  local found
  found=$(member errorMessage <"$work/answer")
  printf '%s' "${found:-$(<"$work/answer")}"
}

with_trace=() traced=''
[[ ! $trace ]] || with_trace=("push.trace=$trace") traced=", trace $trace"
to="$kind${target:+ $target}${owner:+ of ${owner%%=*} ${owner#*=}}"
if [[ $disconnect ]]; then
  fields=()
  [[ ! $reason ]] || fields=("disconnect.reason=$reason")
  by_command "disconnect $to" disconnected "" ${fields[@]+"${fields[@]}"}
  exit
fi
# Reads each file once, because it may be a pipe, and all files before it sends the first.
for i in "${!files[@]}"; do
  error=$(node "$scripts/json.mjs" message "${files[$i]}" 2>&1 >"$work/message.$i") || die "$error"
done
for i in "${!files[@]}"; do
  [[ $i -eq 0 ]] || sleep "$pause"
  subject="${files[$i]##*/} to $to"
  if [[ $direct ]]; then
    to_connection "$work/message.$i" "$subject"
  elif [[ $kind == channel ]]; then
    publish "$subject" "push.message:=@$work/message.$i" ${with_trace[@]+"${with_trace[@]}"}
  else
    by_command "send $subject" sent "$subject: " "push.message:=@$work/message.$i" ${with_trace[@]+"${with_trace[@]}"}
  fi
done
