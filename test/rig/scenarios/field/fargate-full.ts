import { node, small } from '../small.ts';

export const fargateFull = small({
  name: 'fargate-full',
  story: 'The subnets of a Fargate profile have no address left; its pods stay Pending.',
  subnets: {
    'jobs-a': { cidr: '10.0.64.0/28', zone: 'eu-west-1a', role: 'nodes', layout: 'loose' },
    'jobs-b': { cidr: '10.0.64.16/28', zone: 'eu-west-1b', role: 'nodes', layout: 'loose' },
  },
  services: ['jobs-a', 'jobs-b'].map((subnet) => ({ kind: 'ecs-task' as const, name: 'etl', subnet, count: 11 })),
  fargateProfiles: { jobs: ['jobs-a', 'jobs-b'] },
  nodes: { a: node('a', 12), b: node('b', 10) },
  pods: [
    {
      name: 'nightly-1',
      namespace: 'jobs',
      state: 'waiting',
      ageMinutes: 30,
      labels: { 'eks.amazonaws.com/fargate-profile': 'jobs' },
      spec: { schedulerName: 'fargate-scheduler' },
      events: [
        {
          reason: 'FailedScheduling',
          message:
            'Fargate capacity is unavailable at this time. Please try again later or in a different availability zone',
          component: 'fargate-scheduler',
        },
      ],
    },
  ],
  told: ['PLT004/exhausted', 'SUB001 <- PLT004'],
  shows: {
    // two /28 less the five addresses AWS keeps of each
    PLT004: { free: 0, total: 22, pending: 1 },
  },
});
