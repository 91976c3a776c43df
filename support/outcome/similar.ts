import { closest, distance } from 'fastest-levenshtein';

/** What somebody who mistyped a word may have meant, as a sentence with a blank before it; empty where nothing comes near. */
export function didYouMean(word: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const [asked, near] = [word.toLowerCase(), (name: string) => name.toLowerCase()];
  const found = closest(asked, known.map(near));
  const isNear = distance(asked, found) <= Math.min(3, Math.max(1, Math.floor(word.length / 3)));
  return isNear ? ` Did you mean “${known.find((name) => near(name) === found)}”?` : '';
}
