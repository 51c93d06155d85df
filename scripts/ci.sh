#!/usr/bin/env bash
# The steps of the workflow aws.yml: they preview and deploy a stack, and create, destroy
# and check the temporary stack of a nightly run.
#
# usage: scripts/ci.sh preview STACK     shows the changes that a deployment would make
#        scripts/ci.sh deploy STACK      deploys; the first deployment creates the stack
#        scripts/ci.sh begin STACK       destroys all stacks named nightly-* of earlier runs,
#                                        then creates STACK with the settings of
#                                        Pulumi.nightly.yaml
#        scripts/ci.sh up STACK          deploys STACK
#        scripts/ci.sh destroy STACK     destroys and removes STACK; at most three attempts
#        scripts/ci.sh leftovers STACK   prints the resources of STACK that still exist
#        scripts/ci.sh report            shows the report $VERIFY_REPORT
#
# Each command also writes to the summary of the job (GITHUB_STEP_SUMMARY).
#
# Environment: AWS_REGION; PULUMI_BACKEND_URL; PULUMI_SECRETS_PROVIDER for the first
# deployment; AWS_PERMISSIONS_BOUNDARY, the permissionsBoundary of a stack without one;
# CI_SEARCHES and CI_WAIT, the number of searches for leftovers, default 20, and the seconds
# between two searches, default 30.
#
# Exit codes: 0 success, 1 failure or leftovers, 2 wrong arguments.

set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/stack.sh"

# show [TITLE] copies standard input to standard output and to the summary of the job,
# which GitHub limits to 1 MiB for each step.
show() {
  local text
  text=$(cat)
  printf '%s\n' "$text"
  [[ ! ${GITHUB_STEP_SUMMARY-} ]] || { head -c 900000 <<<"${1:+### $1$'\n\n'}$text" && echo; } >>"$GITHUB_STEP_SUMMARY"
}

# as_code prints standard input as a code block of Markdown.
as_code() {
  local fence='~~~~~~~~'
  printf '%s\n%s\n%s\n' "$fence" "$(sed "s/^$fence/ &/")" "$fence"
}

# set_boundary sets permissionsBoundary for a stack without one: the role of the workflow may
# create roles only with this boundary.
set_boundary() {
  [[ ${AWS_PERMISSIONS_BOUNDARY-} ]] || return 0
  [[ $(pulumi config get permissionsBoundary --stack "$stack" 2>/dev/null) ]] ||
    pulumi config set permissionsBoundary "$AWS_PERMISSIONS_BOUNDARY" --stack "$stack" --non-interactive
}

preview() {
  pulumi stack select "$stack" --non-interactive ||
    die "the stack $stack does not exist in $PULUMI_BACKEND_URL: the first push to main creates it"
  set_boundary
  local status=0
  pulumi preview --stack "$stack" --non-interactive --color never >"$work/preview" 2>&1 || status=1
  as_code <"$work/preview" | show "Preview of $stack"
  [[ $status -eq 0 ]] || die "pulumi preview failed"
}

deploy() {
  pulumi stack select "$stack" --create --non-interactive ${PULUMI_SECRETS_PROVIDER:+"--secrets-provider=$PULUMI_SECRETS_PROVIDER"}
  set_boundary
  up
}

up() { pulumi up --stack "$stack" --yes --skip-preview --non-interactive --color never; }

# list_nightly prints the names of the temporary stacks in the backend.
list_nightly() {
  pulumi stack ls --json --non-interactive >"$work/stacks" || die "cannot list the stacks of $PULUMI_BACKEND_URL"
  node -e 'for (const s of JSON.parse(require("fs").readFileSync(0))) console.log(s.name.split("/").pop())' <"$work/stacks" |
    { grep -E '^nightly-[0-9]+-[0-9]+$' || true; }
}

# check_temporary ends the script unless $stack is a temporary stack: begin and destroy must not
# change another one.
check_temporary() {
  [[ $stack =~ ^nightly-[0-9]+-[0-9]+$ ]] || misuse "the name \"$stack\" is not that of a temporary stack: use nightly-RUN-ATTEMPT"
}

begin() {
  check_temporary
  [[ ${AWS_REGION-} ]] || die "AWS_REGION is not set: set the repository variable, such as eu-west-1"
  local old name=$stack
  old=$(list_nightly)
  for stack in $old; do
    [[ $stack != "$name" ]] || continue
    echo "An earlier run left the stack $stack: it is destroyed now." | show
    destroy
  done
  stack=$name
  cp Pulumi.nightly.yaml "Pulumi.$stack.yaml"
  pulumi stack init "$stack" --non-interactive
  pulumi config set aws:region "$AWS_REGION" --stack "$stack" --non-interactive
  set_boundary
}

destroy() {
  local attempt
  check_temporary
  if ! pulumi stack select "$stack" --non-interactive 2>"$work/error"; then
    grep -q 'no stack named' "$work/error" || die "cannot find the stack $stack: $(summary "$(<"$work/error")")"
    echo "The stack $stack does not exist: there is nothing to destroy." | show
    return
  fi
  for attempt in 1 2 3; do
    # A run that was ended leaves its lock, and resources that Pulumi began to create.
    pulumi cancel "$stack" --yes --non-interactive >"$work/cancel" 2>&1 || true
    [[ $attempt -eq 1 ]] || pulumi refresh --stack "$stack" --yes --skip-preview --clear-pending-creates --non-interactive --color never || true
    if pulumi destroy --stack "$stack" --yes --skip-preview --remove --non-interactive --color never; then
      return
    fi
  done
  echo "**The stack $stack is not destroyed.** Its resources cost money: run \`pulumi destroy --stack $stack\`, or start the workflow again." | show
  die "cannot destroy the stack $stack: pulumi destroy failed three times"
}

# list_tagged REGION prints the ARNs of the resources with the tags of the stack.
list_tagged() {
  aws resourcegroupstaggingapi get-resources --region "$1" --output text \
    --tag-filters "Key=Project,Values=$project" "Key=Stack,Values=$stack" --query 'ResourceTagMappingList[].[ResourceARN]'
}

# list_log_groups PREFIX prints the names of log groups.
list_log_groups() {
  aws logs describe-log-groups --region "$AWS_REGION" --output text --log-group-name-prefix "$1" --query 'logGroups[].[logGroupName]'
}

# list_remaining prints one resource of the stack a line.
list_remaining() {
  {
    list_tagged "$AWS_REGION" &&
      { [[ $AWS_REGION == us-east-1 ]] || list_tagged us-east-1; } && # the region of CloudFront's resources
      list_log_groups "$project-$stack-" &&
      list_log_groups "/aws/lambda/$project-$stack-" &&
      list_log_groups "/aws/vendedlogs/$project-$stack-" &&
      aws cloudwatch list-dashboards --region "$AWS_REGION" --output text --dashboard-name-prefix "$project-$stack-" --query 'DashboardEntries[].[DashboardArn]' &&
      aws iam list-roles --output text --query "Roles[?starts_with(RoleName, '$project-$stack-')].[Arn]"
  } >"$work/remaining" 2>"$work/error" || explain "cannot search for the resources of $stack"
  { grep -vx None "$work/remaining" || true; } | sort -u
}

leftovers() {
  local project left attempt
  project=$(sed -n 's/^name: *//p' Pulumi.yaml)
  # AWS may list a resource for a while after it is deleted.
  for ((attempt = ${CI_SEARCHES:-20}; attempt > 0; attempt--)); do
    left=$(list_remaining)
    [[ $left ]] || break
    [[ $attempt -eq 1 ]] || sleep "${CI_WAIT:-30}"
  done
  if [[ $left ]]; then
    printf 'These resources of the stack %s still exist. Delete them, because they can cost money:\n\n%s\n' "$stack" "$(as_code <<<"$left")" | show Leftovers
    exit 1
  fi
  echo "No resource of the stack $stack is left." | show
}

report() {
  if [[ -s ${VERIFY_REPORT-} ]]; then
    show <"$VERIFY_REPORT"
  else
    echo "There is no report: the run ended before the verification." | show
  fi
}

command=${1-} stack=${2-}
case $command in
  -h | --help) usage ;;
  preview | deploy | begin | up | destroy | leftovers) [[ $# -eq 2 && $stack ]] || misuse "$command needs the name of a stack" ;;
  report) [[ $# -eq 1 ]] || misuse "report takes no arguments" ;;
  *) misuse "unknown command \"$command\"" ;;
esac
export AWS_PAGER=
cd "$root"
workspace
[[ $command == report ]] || need pulumi "see https://www.pulumi.com/docs/install/"
"$command"
