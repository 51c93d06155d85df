# shellcheck shell=bash
# Functions for the other scripts, which source this file. They read the outputs of a
# stack, deployed or local, and call AWS.
#
# Exit codes: 1 for a failure, 2 for wrong arguments, 3 if a target is not
# connected (send.sh).

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$scripts")
# Bash 3.2, the version of macOS, treats an empty array as unset: hence ${stack[@]+...}.
stack=()   # the argument that selects a Pulumi stack; empty: the selected one
local_run= # set: the local run instead of a deployed stack
or_local=', or use --local' # part of a remedy, in a script with that option
aws=(aws)  # the AWS CLI with the arguments of every call

# die MESSAGE [CODE] ends the script.
die() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  exit "${2:-1}"
}

# misuse MESSAGE ends the script because of wrong arguments.
misuse() { die "$1 (-h prints the help)" 2; }

# usage prints the comment at the head of the script.
usage() {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
  exit
}

# require_value OPTION [VALUE] ends the script if the option has no value.
require_value() { [[ ${2-} ]] || misuse "$1 needs a value"; }

# need COMMAND REMEDY ends the script if a command is not installed.
need() {
  command -v "$1" >/dev/null || die "the command $1 is not installed: $2"
}

need_aws() {
  need aws "see https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html, or apt-get install awscli"
}

need_curl() { need curl "see https://curl.se/download.html, or apt-get install curl"; }

# workspace creates the folder $work, which only this user can read. The end of the
# script deletes it.
workspace() {
  need node "see https://nodejs.org"
  umask 077
  work=$(mktemp -d) || die "cannot create a temporary folder: set TMPDIR to a folder that you can write to"
  trap 'rm -rf "$work"' EXIT
}

# encode FIELD... prints a JSON object: see json.mjs. It passes the fields by standard
# input, because other users can see arguments.
encode() { printf '%s\0' "$@" | SCRIPT=$(basename "$0") node "$scripts/json.mjs" encode; }

# member NAME prints a member of the JSON object on standard input, if it exists.
member() { node "$scripts/json.mjs" lines | sed -n "s/^$1=//p"; }

# output NAME [REMEDY] prints an output of the stack. If the output is missing, it ends
# the script with REMEDY.
output() {
  local found
  found=$(sed -n "s/^$1=//p" "$work/outputs")
  [[ $found ]] || die "the stack has no output $1: ${2:-deploy again (pulumi up)${or_local:+, or start make run again}}"
  printf '%s' "$found"
}

# use_stack prepares output and aws for the stack that the options select.
use_stack() {
  [[ ! $local_run || ! ${stack[*]+set} ]] || misuse "use only one of --local and --stack"
  workspace
  if [[ $local_run ]]; then use_local_run; else use_deployed; fi
  node "$scripts/json.mjs" lines <"$work/outputs.json" >"$work/outputs"
  [[ -s $work/outputs ]] || die "the stack is not deployed: run pulumi up first"
  region=$(output region)
  export AWS_PAGER= # no pager; version 1 of the AWS CLI has no option for it
  aws=(aws --region "$region" --cli-connect-timeout 10)
}

use_local_run() {
  local outputs=${SALLYPORT_OUTPUTS:-$root/.local/outputs.json} pid
  if [[ ! -f $outputs ]]; then
    # The lock file of a run has its process id from the start of the run.
    pid=$(sed -n 's/^{"pid":\([0-9]*\).*/\1/p' "$(dirname "$outputs")/run.lock" 2>/dev/null) || pid=
    [[ ! $pid ]] || ! kill -0 "$pid" 2>/dev/null ||
      die "the local run (process $pid) is starting: try again when make run prints that Sallyport is ready"
    die "no local run found (the file $outputs does not exist): start it with make run, or set SALLYPORT_OUTPUTS to the outputs of a second run"
  fi
  cp "$outputs" "$work/outputs.json"
  # Only the key of this local run, and no proxy: a proxy cannot reach loopback.
  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE
  AWS_SHARED_CREDENTIALS_FILE=$(dirname "$outputs")/credentials
  export AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE=/dev/null no_proxy='*' NO_PROXY='*'
}

use_deployed() {
  local error
  need pulumi "see https://www.pulumi.com/docs/install/${or_local:+$or_local with make run}"
  # Standard input may contain a password.
  (cd "$root" && pulumi stack output --json ${stack[@]+"${stack[@]}"}) \
    >"$work/outputs.json" 2>"$work/error" </dev/null && return
  error=$(<"$work/error")
  case $error in
    *"no stack selected"*) die "no Pulumi stack is selected: select one (pulumi stack select) or name one with --stack$or_local" ;;
    *"no stack named"*) die "the stack does not exist ($(summary "$error")): pulumi stack ls lists the stacks" ;;
    *PULUMI_ACCESS_TOKEN* | *"access token"* | *"not logged in"*) die "Pulumi is not logged in: run pulumi login (${error##*error: })" ;;
    *passphrase*) die "Pulumi needs the passphrase of the stack: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE" ;;
    *) die "cannot read the outputs of the stack: $(summary "$error")" ;;
  esac
}

# call ARGUMENT... calls AWS. If that fails, $work/error has the error.
call() { "${aws[@]}" "$@" 2>"$work/error" </dev/null; }

# summary TEXT prints an error without empty lines and without the prefixes of the
# AWS CLI and Pulumi.
summary() {
  sed -e '/^[[:space:]]*$/d' -e 's/^error: //' -e 's/ (reached max retries: [0-9]*):/:/' \
    -e 's/^An error occurred (\([A-Za-z0-9]*\)) when calling the [A-Za-z]* operation: /\1: /' <<<"$1"
}

# explain FAILURE ends the script with the cause of the last failed call, and a remedy.
explain() {
  local error
  error=$(summary "$(<"$work/error")")
  case $error in
    *"Unable to locate credentials"* | *"Partial credentials"* | *"config profile"*)
      die "$1: no AWS credentials found: sign in (aws sso login, aws configure), or set AWS_PROFILE ($error)" ;;
    *ExpiredToken* | *"oken has expired"* | *"has expired or is otherwise invalid"*)
      die "$1: the AWS credentials have expired: sign in again (aws sso login), or renew the keys" ;;
    *"Signature expired"* | *"Signature not yet current"* | *RequestTimeTooSkewed*)
      die "$1: the clock of this machine is wrong: set it ($error)" ;;
    *UnrecognizedClient* | *InvalidClientTokenId* | *InvalidSignature* | *SignatureDoesNotMatch* | *IncompleteSignature*)
      die "$1: AWS does not accept the credentials: check them with aws sts get-caller-identity ($error)" ;;
    *AccessDenied* | *ForbiddenException*)
      die "$1: the AWS credentials lack a permission: use others (AWS_PROFILE), or grant it ($error)" ;;
    *ResourceNotFound*)
      die "$1: AWS does not find the resource: the stack was destroyed, or the credentials belong to another account: check --stack and AWS_PROFILE ($error)" ;;
    *"ould not connect to"* | *"onnect timeout"* | *"ead timeout"* | *"onnection was closed"* | *"onnect to proxy"* | *"SSL validation failed"*)
      die "$1: the service does not answer: check the network${local_run:+, and that make run still runs} ($error)" ;;
    *TooManyRequests* | *Throttling* | *LimitExceeded*)
      die "$1: AWS throttles the calls: try again in a minute ($error)" ;;
    *) die "$1: $error" ;;
  esac
}

# read_password PROMPT reads $password from the terminal or standard input.
read_password() {
  [[ ! -t 0 ]] || printf '%s: ' "$1" >&2
  IFS= read -rs password || [[ $password ]] || die "standard input has no password: type one, or pipe one into the script"
  [[ ! -t 0 ]] || echo >&2
  [[ $password ]] || die "the password is empty"
}

# user_pool ACTION prints the id of the stack's own user pool. The scripts change no
# users of another pool. ACTION completes the remedy of the error.
user_pool() {
  local found
  found=$(sed -n 's/^userPoolId=//p' "$work/outputs")
  [[ $found ]] || die "the stack has no user pool (no output userPoolId): $1 at its issuer, $(output issuer); if an older version deployed the stack, run pulumi up first"
  printf '%s' "$found"
}
