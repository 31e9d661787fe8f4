/** Tells the story of one subject. */
import { Analyst } from '../../analyze.ts';
import { type MadeBy, reportHead } from '../../contract/head.ts';
import type { Why } from '../../contract/why.ts';
import { type Run, section } from '../../facts/define-fact.ts';
import { aimedFixes, reach } from '../../facts/reach.ts';
import type { Policy } from '../../policy.ts';
import { addressStory } from './address.ts';
import { Causes } from './cause.ts';
import { eniStory } from './eni.ts';
import { nodeStory } from './node.ts';
import { podStory } from './pod.ts';
import { Scene } from './scene.ts';
import type { Story } from './story.ts';
import type { Subject } from './subject.ts';
import { workloadStory } from './workload.ts';

export function buildWhy(run: Run, policy: Policy, tool: MadeBy['tool'], subject: Subject): Why {
  const scene = new Scene(run);
  const causes = new Causes(new Analyst(run, policy));
  const story = tell(scene, causes, subject);
  return {
    ...reportHead('Why', { tool, generatedAt: run.snapshot.collectedAt }),
    cluster: run.valueOf(section('cluster'))?.name ?? null,
    ...story,
    fixes: aimedFixes(run, story.fixes),
    setup: story.fixes.length > 0 ? (run.valueOf(reach)?.setup ?? []) : [],
    caveats: scene.caveats,
  };
}

function tell(scene: Scene, causes: Causes, subject: Subject): Story {
  switch (subject.kind) {
    case 'pod':
      return podStory(scene, causes, subject.pod);
    case 'workload':
      return workloadStory(scene, causes, subject.namespace, subject.owner);
    case 'node':
      return nodeStory(scene, causes, subject.name);
    case 'eni':
      return eniStory(scene, causes, subject.eniId);
    case 'address':
      return addressStory(scene, subject.address);
  }
}
