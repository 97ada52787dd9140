import { facts } from '../../tools/lookup-fact/facts.ts';
import { lookupFact } from '../../tools/lookup-fact/tool.ts';
import { defineResource } from '../defineResource.ts';

const topics = [...facts.keys()].sort();

/** The fact base of lookup_fact, by topic, for those who may call it. */
export const factResources = defineResource({
  name: 'fact',
  title: 'Fact by topic',
  description: 'One fact about running MCP servers on Azure App Service, with its source.',
  uri: 'fact://{topic}',
  mimeType: 'text/plain',
  access: lookupFact.access,
  list: () => topics.map((topic) => ({ uri: `fact://${encodeURIComponent(topic)}`, name: topic, title: `Fact: ${topic}`, mimeType: 'text/plain' })),
  read({ topic }) {
    const found = facts.get(topic ?? '');
    return found && { text: `${found.fact}\n\nSource: ${found.source}\n` };
  },
  complete: { topic: topicsBeginningWith },
});

/** Topics in alphabetical order that begin with what was typed, in any letter case. */
export function topicsBeginningWith(typed: string): readonly string[] {
  return topics.filter((topic) => topic.startsWith(typed.toLowerCase()));
}
