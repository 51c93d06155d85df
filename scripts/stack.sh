# shellcheck shell=bash
# Sourced by the other scripts: reads the outputs of a stack, deployed or local.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# Bash 3.2, which macOS has, takes an empty array for an unset one: hence ${stack[@]+...}.
stack=()   # the arguments that choose a Pulumi stack; empty: the selected one
local_run= # set: the local run instead of a deployed stack
aws=(aws)  # the AWS CLI with the arguments that every call needs

die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# usage prints the comment at the head of the script.
usage() {
  sed -n '2,/^$/s/^# \{0,1\}//p' "$0"
  exit "${1:-0}"
}

need() {
  command -v "$1" >/dev/null || die "the command $1 is not installed: $2"
}

# output NAME [REMEDY] prints one output of the stack. REMEDY is what to do where
# it is missing.
output() {
  local value remedy=${2-}
  if [[ $local_run ]]; then
    value=$(sed -n 's/^ *"'"$1"'": "\(.*\)",\{0,1\}$/\1/p' "$outputs")
  else
    value=$(cd "$root" && pulumi stack output ${stack[@]+"${stack[@]}"} "$1") ||
      die "cannot read the output $1: ${remedy:-deploy first (pulumi up), or use --local with make run}"
  fi
  [[ $value ]] || die "the stack has no output $1: ${remedy:-deploy again, or use --local with make run}"
  printf '%s' "$value"
}

# use_stack makes output and aws ready, for the stack the options chose.
use_stack() {
  if [[ $local_run ]]; then
    outputs=${SALLYPORT_OUTPUTS:-$root/.local/outputs.json}
    [[ -f $outputs ]] || die "nothing runs locally ($outputs is missing): start it with make run"
    # The key of this local run, and no other.
    export AWS_SHARED_CREDENTIALS_FILE
    AWS_SHARED_CREDENTIALS_FILE=$(dirname "$outputs")/credentials
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE
  else
    need pulumi "see https://www.pulumi.com/docs/install/, or use --local with make run"
  fi
  region=$(output region)
  export AWS_PAGER= # none: version 1 of the AWS CLI knows no option for it
  aws=(aws --region "$region" --cli-connect-timeout 10)
}

# need_aws demands the AWS CLI.
need_aws() {
  need aws "see https://docs.aws.amazon.com/cli/latest/userguide/getting-started-install.html, or apt-get install awscli"
}

# json_text TEXT prints it as a JSON string.
json_text() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# bytes TEXT prints how many bytes it has.
bytes() {
  local LC_ALL=C
  printf '%d' "${#1}"
}

# plain WHAT TEXT refuses what a JSON string could not hold as it is.
plain() {
  [[ $2 != *[[:cntrl:]]* ]] || die "the $1 has a control character in it"
}
