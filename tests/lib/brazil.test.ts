// Documents, telephones and names are compared in one form, however they were typed.
import { describe, expect, test } from 'vitest';
import { documentDisplay, documentKind, documentOf, emailKey, nameKey, nameTokens, onlyAlnum, phoneDisplay, phoneKeys, searchText } from '../../lib/brazil/index.ts';
import { personOf, Seed } from '../../simulators/world/index.ts';
import { cnpjOf, cpfOf } from '../../simulators/world/documents.ts';

describe('documentOf', () => {
  test.each([
    ['529.982.247-25', '52998224725'],
    ['52998224725', '52998224725'],
    [' 529 982 247 25 ', '52998224725'],
    ['CPF: 529.982.247-25', '52998224725'],
    ['000.000.001-91', '00000000191'],
    ['11.222.333/0001-81', '11222333000181'],
    ['11222333000181', '11222333000181'],
    ['12.ABC.345/01DE-35', '12ABC34501DE35'],
    ['12.abc.345/01de-35', '12ABC34501DE35'],
    ['12abc34501de35', '12ABC34501DE35'],
    ['CNPJ 12.ABC.345/01DE-35', '12ABC34501DE35'],
    ['CPF/CNPJ: 11.222.333/0001-81', '11222333000181'],
  ])('%s is %s', (text, document) => expect(documentOf(text)).toBe(document));

  test.each([
    null, undefined, '', '529.982.247-26', '111.111.111-11', '000.000.000-00', '00000000000000', '11111111111111', '11.222.333/0001-82',
    '12.ABC.345/01DE-36', '12.ABC.345/01DE-3A', 'AAAAAAAAAAAAAA', '5299822472', '529982247255', '529.982.247-25 e 11.222.333/0001-81',
    'atacado e varejo', '+55 11 98765-0001', 'ÇÃÉ529.982.247-25',
  ])('%s is no document', (text) => expect(documentOf(text)).toBeNull());

  test('agrees with another implementation of the check digits on a thousand numbers of each kind', () => {
    for (let i = 1; i <= 1000; i++) {
      const [cpf, digits, letters] = [cpfOf(i * 998_877), cnpjOf(i * 87_655, 0), cnpjOf(i * 87_655, i)];
      expect([documentOf(cpf), documentOf(digits), documentOf(letters.toLowerCase())]).toEqual([cpf, digits, letters]);
      const wrong = letters.slice(0, 13) + String((Number(letters[13]) + 1) % 10);
      expect(documentOf(wrong)).toBeNull();
    }
  });

  test('a document knows its kind', () => {
    expect([documentKind('52998224725'), documentKind('12ABC34501DE35')]).toEqual(['CPF', 'CNPJ']);
    expect([documentDisplay('52998224725'), documentDisplay('12ABC34501DE35')]).toEqual(['529.982.247-25', '12.ABC.345/01DE-35']);
    expect(onlyAlnum(' 12.Abc.345/01DE-35 ')).toBe('12Abc34501DE35');
  });
});

describe('phoneKeys', () => {
  test.each([
    ['+5511987650001', ['1187650001']],
    ['+55 (11) 98765-0001', ['1187650001']],
    ['5511987650001', ['1187650001']],
    ['551187650001', ['1187650001']],
    ['(11) 98765-0001', ['1187650001']],
    ['11 98765.0001', ['1187650001']],
    ['(11) 8765-0001', ['1187650001']],
    ['011 98765-0001', ['1187650001']],
    ['(011) 8765-0001', ['1187650001']],
    ['0 21 11 98765-0001', ['1187650001']],
    ['0151187650001', ['1187650001']],
    ['0055 11 98765-0001', ['1187650001']],
    ['+55 (0) 11 98765-0001', ['1187650001']],
    ['+55 0 21 11 98765-0001', ['1187650001']],
    ['(11) 98765-0001 ramal 12', ['1187650001']],
    ['55 99123-4567', ['5591234567']],
    ['55 55 99123-4567', ['5591234567']],
    ['(11) 3222-3333', ['1132223333']],
    ['11987650001 / (11) 3222-3333', ['1187650001', '1132223333']],
    ['(11) 98765-0001; 1187650001', ['1187650001']],
    ['21 98765-0001 ou 21 3222-3333', ['2187650001', '2132223333']],
    ['98765-0001', []],
    ['8765-0001', []],
    ['0800 722 0001', []],
    ['4004-1234', []],
    ['(20) 98765-0001', []],
    ['(10) 98765-0001', []],
    ['(11) 88765-00011', []],
    ['(11) 1234-5678', []],
    ['11 99999-9999', []],
    ['11 0000-0000', []],
    ['00000000000', []],
    ['+1 415 555 2671', []],
    ['+351 912 345 678', []],
    ['+5511987', []],
    ['12345678901234567890', []],
    ['sem telefone', []],
    ['', []],
    [null, []],
    [undefined, []],
  ])('%s has the keys %j', (text, keys) => expect(phoneKeys(text)).toEqual(keys));

  test('numbers of the simulated people keep one key in every spelling', () => {
    for (let uid = 1; uid <= 500; uid++) {
      const { area, subscriber: number } = personOf(new Seed('phones'), uid).mobile;
      const short = number.slice(-8);
      const expected = [area + short];
      for (const text of [`+55${area}${number}`, `(${area}) ${number.slice(0, -4)}-${number.slice(-4)}`, `0${area}${number}`, `55 ${area} ${number}`]) {
        expect(phoneKeys(text), text).toEqual(expected);
      }
    }
  });
});

test.each([
  ['+5511987650001', '(11) 98765-0001'],
  ['1132223333', '(11) 3222-3333'],
  ['0 15 11 8765 0001', '(11) 8765-0001'],
  ['+14155552671', '+1 415 555 2671'],
  ['+351 912345678', '+351 912 345 678'],
  ['98765-0001', null],
  ['+55 98765-0001', null],
  ['abc', null],
  [null, null],
])('the number %s is shown as %s', (text, shown) => expect(phoneDisplay(text)).toBe(shown));

test.each([
  ['Marina.Prado@Example.COM ', 'marina.prado@example.com'],
  ['Marina <marina@example.com.br>', 'marina@example.com.br'],
  ['mailto:marina+erp@example.com', 'marina+erp@example.com'],
  ['a@b.co; c@d.co', 'a@b.co'],
  ['marina@', null],
  ['@example.com', null],
  ['marina@example', null],
  ['não tem', null],
  [null, null],
])('the e-mail in %s is %s', (text, key) => expect(emailKey(text)).toBe(key));

test.each([
  ['  João   da SILVA-Conceição ', 'joao da silva conceicao', ['joao', 'silva', 'conceicao']],
  ["D'Ávila & Filhos Ltda.", 'davila filhos ltda', ['davila', 'filhos']],
  ['José P. de Ávila', 'jose p de avila', ['jose', 'avila']],
  ['E. e O.', 'e e o', ['e', 'e', 'o']],
  ['', '', []],
])('the name %s is compared as %s', (text, key, tokens) => {
  expect(nameKey(text)).toBe(key);
  expect(nameTokens(text)).toEqual(tokens);
  expect(nameKey(text.normalize('NFD'))).toBe(key);
});

test('a search finds names without accents, and documents and phones with or without their mask', () => {
  const text = searchText('José Ávila', null, '529.982.247-25', ['(11) 98765-0001', '+55 21 3222-3333'], 'JOSE@X.com', 'José Ávila', '12.abc.345/01de-35', 'Rua A, 10');
  expect(text).toBe(
    'jose avila 529.982.247-25 52998224725 (11) 98765-0001 11987650001 +55 21 3222-3333 552132223333 jose@x.com 12.abc.345/01de-35 12abc34501de35 rua a, 10',
  );
});
