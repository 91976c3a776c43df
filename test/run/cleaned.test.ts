import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CleanUp } from '../../support/facts/gate.ts';
import { tellCleanUp } from '../../support/run/cleaned.ts';

const one = (changes: Partial<CleanUp> = {}): CleanUp => ({ run: 'r1', undone: [], left: [], evidence: [], ...changes });
const faultOf = (planned: readonly string[], ...all: readonly CleanUp[]) => tellCleanUp({ value: all }, planned).fault;

describe('what is left behind', () => {
  const left = one({ undone: ['image 4'], left: ['VM 15 (RUNNING): remove it'] });

  test('is a fault of a run that does not judge that', () => {
    const fault =
      'not all that was made is gone: VM 15 (RUNNING): remove it. What can be removed later is removed by: backup-compliance cleanup';
    assert.equal(faultOf(['BDS-604'], left), fault);
    assert.equal(faultOf(['BDS-601', 'BDS-602'], left), undefined);
    assert.equal(faultOf(['BDS-604'], one({ undone: ['image 4'] })), undefined);
  });

  test('may be what nobody could look for, of whatever run', () => {
    assert.match(faultOf(['BDS-604'], one(), one({ run: 'r0', fault: 'no answer' })) ?? '', /gone: what run r0 may have left: no answer\./);
  });

  test('is told in any case, with what is gone', () => {
    assert.deepEqual(tellCleanUp({ value: [left] }, ['BDS-602']).actions, [
      { what: 'image 4', state: 'undone' },
      { what: 'VM 15 (RUNNING): remove it', state: 'left' },
    ]);
    assert.deepEqual(tellCleanUp({ fault: 'the journal is not ours' }, []), { actions: [] });
  });
});
