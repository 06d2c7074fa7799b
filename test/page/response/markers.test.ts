import { describe, expect, test } from 'vitest';
import { defaultBodyMarkers, findMarker } from '../../../src/page/response/markers.js';

describe('a marker in a body', () => {
  test('is found wherever it is, the first of the list', () => {
    const body = Buffer.from('<form><input name="_csrf" value="x"><p>Größe</p></form>');
    expect(findMarker(body, ['Größe', 'name="_csrf"'])).toBe('Größe');
    expect(findMarker(body, ['absent', 'name="_csrf"'])).toBe('name="_csrf"');
    expect(findMarker(body, ['<form>'])).toBe('<form>');
    expect(findMarker(body, ['</form>'])).toBe('</form>');
  });

  test('is not found where it is not', () => {
    const body = Buffer.from('<p>csrf</p>');
    expect(findMarker(body, ['NAME="_csrf"', 'CSRF', 'csrf ', 'Größe'])).toBeUndefined();
    expect(findMarker(body, [])).toBeUndefined();
    expect(findMarker(new Uint8Array(), ['a'])).toBeUndefined();
  });

  test('is looked for in the bytes of the body alone', () => {
    const around = Buffer.from('secret page secret');
    expect(findMarker(around.subarray(7, 11), ['secret'])).toBeUndefined();
    expect(findMarker(new Uint8Array(around.buffer, around.byteOffset + 7, 4), ['page'])).toBe('page');
  });
});

const find = (html: string) => findMarker(Buffer.from(html), defaultBodyMarkers);

describe('a field with a token', () => {
  test.each([
    ...[
      '_csrf',
      'csrf',
      'csrf_token',
      'csrf-token',
      'csrfToken',
      '_csrf_token',
      'csrfmiddlewaretoken',
      '_token',
    ],
    ...['authenticity_token', '__RequestVerificationToken', '_xsrf', 'xsrf-token', '_wpnonce'],
  ])('has the name that a framework gives it: %s', (name) => {
    expect(find(`<form><input type="hidden" name="${name}" value="x"></form>`)).toBe(`name="${name}"`);
    expect(find(`<meta name='${name}' content=x>`)).toBe(`name="${name}"`);
  });

  test.each([
    `<input name="_csrf">`,
    `<input name='_csrf'>`,
    `<input name=_csrf>`,
    `<input name=_csrf/>`,
    `<input value=x name=_csrf type=hidden>`,
    `<INPUT NAME="_csrf" VALUE="x">`,
    `<Input Name=_CSRF>`,
    `<input\n  type="hidden"\n  name = "_csrf"\n  value="x"\n/>`,
    `<input/type=hidden/name=_csrf>`,
    `<input value="a>b" name="_csrf">`,
    `<input value='"' name="_csrf">`,
    `<input value="x"name="_csrf">`,
    `<meta content="x" name=_csrf>`,
    `<button name="_csrf" value="x">`,
    `<textarea name="_csrf">x</textarea>`,
    `<p>é</p><input name="_csrf">`,
    `<script>form.innerHTML = '<input name="_csrf" value="' + token + '">'</script>`,
  ])('is found in %s', (html) => {
    expect(find(html)).toBe('name="_csrf"');
  });

  test.each([
    `<p>Put a field called _csrf into the form.</p>`,
    `<pre>&lt;input name="_csrf" value="x"&gt;</pre>`,
    `<code>&lt;input name=&quot;_csrf&quot;&gt;</code>`,
    `<p>name="_csrf"</p>`,
    `<p title='name="_csrf"'>`,
    `<input name="csrf_explained">`,
    `<input name="my_csrf">`,
    `<input name="search" value='name="_csrf"'>`,
    `<input data-name="_csrf">`,
    `<inputs name="_csrf">`,
    `<input name="q"><a name="_csrf">`,
    `<a href="#_csrf">`,
  ])('is none in %s', (html) => {
    expect(find(html)).toBeUndefined();
  });

  test('costs one way through a body that is all tags without an end', () => {
    expect(find('<input '.repeat(20_000))).toBeUndefined();
  });
});
