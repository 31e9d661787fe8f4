/** What `gate --init` writes: every key, with what it means; what is not a comment is a sensible start. */
export const CONFIGURATION_EXAMPLE = `# vpccni: read by inspect, plan and gate, from this folder up to the root of the repository.
# The schema is shipped as schema/configuration.schema.json.

# What plan and gate look at, in the words of the command line.
scenarios:
  - today
  - upgrade
  # - nodes=+9 --instance m6i.2xlarge --pods-per-node 40
  # - az-loss
  # - growth=10%/mo --horizon 6mo

# Where single addresses land among free /28 blocks is not known: judge the worst placement, the best, or only what fails at both.
# fragmentation: worst

# Pods on a new node: p95 of today's nodes, full, or a number.
# density: p95

# What must be left in every zone. Without any, what one more node takes.
# floors:
#   minFreeIps: 64
#   minFreeBlocks: 8
#   maxUtilization: 85
#   minRunwayDays: 60
#   of:
#     subnet-0a1b2c3d4e5f60718: { minFreeIps: 16 }
#     eu-west-1c: { minFreeBlocks: 4 }

# From which severity gate fails; the others fail only with --fail-on.
# failOn: error

# severities:
#   LEK001: warning

# suppressions:
#   - id: SUB005
#     reason: the VPC is shared with the data team
#     owner: platform
#     expires: 2027-03-31
`;
