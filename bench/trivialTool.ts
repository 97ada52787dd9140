import { facts } from '../app/tools/lookup-fact/facts.ts';

/**
 * The tool that every server of the benchmark has: the smallest one of the app, a look-up in a table. Where the app is not measured,
 * it is written again in the manner of that server, with the same contract and the same answer.
 */
export const TRIVIAL_TOOL = {
  name: 'lookup_fact',
  title: 'Look up a fact',
  description: 'Looks up one fact about running MCP servers on Azure App Service by its topic, with the source of the fact.',
  topicDescription: 'A topic, in any letter case. An unknown one is answered with the list of topics.',
  sourceDescription: 'Where the fact is documented',
} as const;

export const ASKED_TOPIC = 'stateless';

export interface TrivialAnswer {
  readonly topic: string;
  readonly fact: string;
  readonly source: string;
}

/** @throws Error for a topic that is not in the table */
export function lookUp(topic: string): TrivialAnswer {
  const found = facts.get(topic);
  if (!found) throw new Error(`The table of facts has no topic "${topic}". The benchmark asks for one that is in app/tools/lookup-fact/facts.ts.`);
  const { fact, source } = found;
  return { topic, fact, source };
}
