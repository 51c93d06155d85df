# shellcheck shell=bash
# Sourced by the other scripts: reads the outputs of a stack, deployed or local,
# and calls AWS.
#
# Exit codes: 1 for a failure, 2 for a wrong use, 3 where a target is not
# connected (send.sh).

scripts=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(dirname "$scripts")
# Bash 3.2, which macOS has, takes an empty array for an unset one: hence ${stack[@]+...}.
stack=()   # the argument that chooses a Pulumi stack; empty: the selected one
local_run= # set: the local run instead of a deployed stack
or_local=', or use --local' # a remedy, in a script that has the option
aws=(aws)  # the AWS CLI with the arguments that every call needs

# die MESSAGE [CODE] ends the script.
die() {
  printf '%s: %s\n' "$(basename "$0")" "$1" >&2
  exit "${2:-1}"
}

# misuse MESSAGE ends the script because its arguments are wrong.
misuse() { die "$1 (-h prints the help)" 2; }

# usage prints the comment at the head of the script.
usage() {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
  exit
}

# value OPTION [VALUE] demands the value of an option.
value() { [[ ${2-} ]] || misuse "$1 needs a value"; }

need() {
  command -v "$1" >/dev/null || die "the command $1 is not installed: $2"
}

need_aws() {
  need aws "see https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html, or apt-get install awscli"
}

need_curl() { need curl "see https://curl.se/download.html, or apt-get install curl"; }

# workspace makes the folder $work, which nobody else can read and which goes
# when the script ends.
workspace() {
  need node "Node.js makes and reads the JSON: see https://nodejs.org"
  umask 077
  work=$(mktemp -d) || die "cannot make a temporary folder: see TMPDIR"
  trap 'rm -rf "$work"' EXIT
}

# encode FIELD... prints a JSON object: see json.mjs. The fields go by standard
# input: arguments are visible to other users.
encode() { printf '%s\0' "$@" | SCRIPT=$(basename "$0") node "$scripts/json.mjs" encode; }

# member NAME prints a member of the JSON object on standard input, if it is there.
member() { node "$scripts/json.mjs" lines | sed -n "s/^$1=//p"; }

# output NAME [REMEDY] prints one output of the stack. REMEDY says how to get it
# where it is missing.
output() {
  local found
  found=$(sed -n "s/^$1=//p" "$work/outputs")
  [[ $found ]] || die "the stack has no output $1: ${2:-deploy again (pulumi up), or start make run again}"
  printf '%s' "$found"
}

# use_stack makes output and aws ready, for the stack that the options choose.
use_stack() {
  [[ ! $local_run || ! ${stack[*]+set} ]] || misuse "choose one of --local and --stack"
  workspace
  if [[ $local_run ]]; then use_local_run; else use_deployed; fi
  node "$scripts/json.mjs" lines <"$work/outputs.json" >"$work/outputs"
  region=$(output region)
  export AWS_PAGER= # none: version 1 of the AWS CLI knows no option for it
  aws=(aws --region "$region" --cli-connect-timeout 10)
}

use_local_run() {
  local outputs=${SALLYPORT_OUTPUTS:-$root/.local/outputs.json}
  [[ -f $outputs ]] || die "nothing runs locally ($outputs is missing): start it with make run"
  cp "$outputs" "$work/outputs.json"
  # The key of this local run, and no other; and no proxy, which cannot reach loopback.
  unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE AWS_DEFAULT_PROFILE AWS_ROLE_ARN AWS_WEB_IDENTITY_TOKEN_FILE
  AWS_SHARED_CREDENTIALS_FILE=$(dirname "$outputs")/credentials
  export AWS_SHARED_CREDENTIALS_FILE AWS_CONFIG_FILE=/dev/null no_proxy='*' NO_PROXY='*'
}

use_deployed() {
  local error
  need pulumi "see https://www.pulumi.com/docs/install/${or_local:+$or_local with make run}"
  # Standard input may hold a password.
  (cd "$root" && pulumi stack output --json ${stack[@]+"${stack[@]}"}) \
    >"$work/outputs.json" 2>"$work/error" </dev/null && return
  error=$(<"$work/error")
  case $error in
    *"no stack selected"*) die "no Pulumi stack is selected: choose one (pulumi stack select) or name one with --stack$or_local" ;;
    *"no stack named"*) die "there is no such stack ($(summary "$error")): pulumi stack ls lists the stacks" ;;
    *PULUMI_ACCESS_TOKEN* | *"access token"* | *"not logged in"*) die "Pulumi is not logged in: run pulumi login (${error##*error: })" ;;
    *passphrase*) die "Pulumi needs the passphrase of the stack: set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE" ;;
    *) die "cannot read the outputs of the stack: $(summary "$error")" ;;
  esac
}

# call ARGUMENT... calls AWS. Where that fails, $work/error says why.
call() { "${aws[@]}" "$@" 2>"$work/error" </dev/null; }

# summary TEXT prints an error without empty lines and without the words that
# the AWS CLI and Pulumi put before each.
summary() {
  sed -e '/^[[:space:]]*$/d' -e 's/^error: //' -e 's/ (reached max retries: [0-9]*):/:/' \
    -e 's/^An error occurred (\([A-Za-z0-9]*\)) when calling the [A-Za-z]* operation: /\1: /' <<<"$1"
}

# explain WHAT says why the last call failed, and what to do, and ends.
explain() {
  local error
  error=$(summary "$(<"$work/error")")
  case $error in
    *"Unable to locate credentials"* | *"Partial credentials"* | *"config profile"*)
      die "$1: there are no AWS credentials: sign in (aws sso login, aws configure), or set AWS_PROFILE ($error)" ;;
    *ExpiredToken* | *"oken has expired"* | *"has expired or is otherwise invalid"*)
      die "$1: the AWS credentials have expired: sign in again (aws sso login), or renew the keys" ;;
    *"Signature expired"* | *"Signature not yet current"* | *RequestTimeTooSkewed*)
      die "$1: the clock of this machine is wrong: set it ($error)" ;;
    *UnrecognizedClient* | *InvalidClientTokenId* | *InvalidSignature* | *SignatureDoesNotMatch* | *IncompleteSignature*)
      die "$1: AWS does not accept the credentials: aws sts get-caller-identity shows whose they are ($error)" ;;
    *AccessDenied* | *ForbiddenException*)
      die "$1: the AWS credentials lack the permission: use other ones (AWS_PROFILE), or grant it ($error)" ;;
    *ResourceNotFound*)
      die "$1: AWS does not find it: the stack is destroyed, or the credentials are of another account: see --stack and AWS_PROFILE ($error)" ;;
    *"ould not connect to"* | *"onnect timeout"* | *"ead timeout"* | *"onnection was closed"* | *"onnect to proxy"* | *"SSL validation failed"*)
      die "$1: the service does not answer: check the network${local_run:+, and that make run still runs} ($error)" ;;
    *TooManyRequests* | *Throttling* | *LimitExceeded*)
      die "$1: AWS takes no more calls at the moment: try again in a minute ($error)" ;;
    *) die "$1: $error" ;;
  esac
}

# read_password PROMPT reads $password from the terminal or standard input.
read_password() {
  [[ ! -t 0 ]] || printf '%s: ' "$1" >&2
  IFS= read -rs password || [[ $password ]] || die "there is no password on standard input"
  [[ ! -t 0 ]] || echo >&2
  [[ $password ]] || die "the password is empty"
}

# user_pool prints the id of the stack's own user pool. No other's users are
# touched.
user_pool() {
  local found
  found=$(sed -n 's/^userPoolId=//p' "$work/outputs")
  [[ $found ]] || die "the stack has no user pool of its own (no output userPoolId): $1 at its issuer, $(output issuer); a stack of an older version gets the output by pulumi up"
  printf '%s' "$found"
}
