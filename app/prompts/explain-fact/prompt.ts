import { z } from 'zod';
import { topicsBeginningWith } from '../../resources/facts/resource.ts';
import { lookupFact } from '../../tools/lookup-fact/tool.ts';
import { definePrompt } from '../definePrompt.ts';

/** Asks a model to look a fact up and to explain it. */
export const explainFact = definePrompt({
  name: 'explain_fact',
  title: 'Explain a fact',
  description: 'Explains one fact about running MCP servers on Azure App Service to a reader, with its source.',
  arguments: z.strictObject({
    topic: z.string().min(1).max(100).describe('The topic of the fact'),
    reader: z.string().min(1).max(100).optional().describe('Who reads the explanation; a platform engineer when absent'),
  }),
  access: lookupFact.access,
  render: ({ topic, reader = 'a platform engineer' }) => [{
    role: 'user',
    content: {
      type: 'text',
      text: `Look up the fact about ${JSON.stringify(topic)} with the tool ${lookupFact.name}. Explain it to ${reader} in at most three sentences, say what follows from it in practice, and name its source.`,
    },
  }],
  complete: { topic: topicsBeginningWith },
});
