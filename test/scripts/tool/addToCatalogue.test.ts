import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CommandError } from '../../../scripts/commandError.ts';
import { addToCatalogue } from '../../../scripts/tool/addToCatalogue.ts';
import { placesOf } from '../../../scripts/tool/toolPlaces.ts';

const catalogue = (imports: readonly string[], list: string): string => `${imports.join('\n')}

export type { Tool } from './defineTool.ts';

export const tools: readonly Tool[] = defineCatalogue(${list});
`;
const alpha = "import { alpha } from './alpha/tool.ts';";
const defining = "import { defineCatalogue, type Tool } from './defineTool.ts';";
const midPoint = "import { midPoint } from './mid-point/tool.ts';";
const plain = catalogue([alpha, defining, midPoint], '[alpha, midPoint]');

describe('addToCatalogue', () => {
  for (const [name, imports, list] of [
    ['aa', ["import { aa } from './aa/tool.ts';", alpha, defining, midPoint], '[aa, alpha, midPoint]'],
    ['alpha_two', [alpha, "import { alphaTwo } from './alpha-two/tool.ts';", defining, midPoint], '[alpha, alphaTwo, midPoint]'],
    ['mid', [alpha, defining, "import { mid } from './mid/tool.ts';", midPoint], '[alpha, mid, midPoint]'],
    ['zeta', [alpha, defining, midPoint, "import { zeta } from './zeta/tool.ts';"], '[alpha, midPoint, zeta]'],
    ['delete', [alpha, defining, "import { deleteTool } from './delete/tool.ts';", midPoint], '[alpha, deleteTool, midPoint]'],
  ] as const) {
    it(`puts ${name} where the alphabet has it`, () => {
      assert.equal(addToCatalogue(plain, placesOf(name)), catalogue(imports, list));
    });
  }

  it('keeps a list that stands on several lines so, and breaks one that grows too long', () => {
    const several = catalogue([alpha, defining], '[\n  alpha,\n]');
    assert.equal(addToCatalogue(several, placesOf('mid_point')), catalogue([alpha, defining, midPoint], '[\n  alpha,\n  midPoint,\n]'));
    const long = `a${'b'.repeat(63)}`;
    const longImport = `import { ${long} } from './${long}/tool.ts';`;
    const once = addToCatalogue(plain, placesOf(long));
    assert.equal(once, catalogue([longImport, alpha, defining, midPoint], `[${long}, alpha, midPoint]`));
    assert.match(addToCatalogue(once, placesOf(`z${'b'.repeat(63)}`)), /defineCatalogue\(\[\n {2}ab+,\n {2}alpha,\n {2}midPoint,\n {2}zb+,\n\]\);\n/);
  });

  for (const [what, text, problem] of [
    ['a list that is made elsewhere', catalogue([alpha, defining], 'all'), /it has 0 places/],
    ['two lists', `${plain}export const others = defineCatalogue([]);\n`, /it has 2 places/],
    ['a list that leaves an import out', catalogue([alpha, defining, midPoint], '[alpha]'), /its list holds \[alpha\], and it imports \[alpha, midPoint\]/],
    ['a list with more than the imports', catalogue([alpha, defining], '[alpha, ...others]'), /its list holds \[alpha, \.\.\.others\]/],
    ['a remark in the list', catalogue([alpha, defining], '[alpha /* first */]'), /its list holds/],
    ['a hole in the list', catalogue([alpha, defining], '[, alpha]'), /its list holds/],
    ['imports of another form', catalogue(['import { alpha, beta } from "./alpha/tool.ts";', defining], '[alpha, beta]'), /it imports \[\]/],
    ['an empty file', '', /it has 0 places/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => addToCatalogue(text, placesOf('new_one')), (error) => error instanceof CommandError && error.code === 'CATALOGUE_SHAPE' && error.exitCode === 1 && problem.test(error.message) && error.message.includes('Nothing was written'));
    });
  }

  it('refuses a constant that is taken by a name with other underscores', () => {
    const taken = catalogue(["import { v2 } from './v2/tool.ts';", defining], '[v2]');
    assert.throws(() => addToCatalogue(taken, placesOf('v_2')), { code: 'TOOL_IDENTIFIER_TAKEN', message: /already imports v2 from \.\/v2\/tool\.ts/ });
  });
});
