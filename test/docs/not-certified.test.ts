/** What is not certified is said in one place; whoever reads a document or a report reads the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { notCertified } from '../../support/verdict/not-certified.ts';

for (const name of ['README.md', 'docs/auditors.md', 'docs/catalogue.md'])
  test(`${name} says what is not certified, once`, () => {
    const text = readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
    assert.equal(text.split(notCertified).length, 2);
    assert.equal(text.match(/Not certified:|OpenNebula before 6\.6/g)?.length, 2);
  });
