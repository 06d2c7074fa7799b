import type { Visitors } from '../../visitors.js';
import { block, comment, directive, map, type Statement, variables } from '../directives.js';

/** Returns the variable of the scheme that a visitor used. */
export function schemeVariable({ trust }: Visitors): string {
  return trust.length === 0 ? '$scheme' : '$staticgenerator_scheme';
}

/** Returns the maps about a visitor, for the http level. */
export function visitorMaps({ trust, proxyProtocol }: Visitors): readonly Statement[] {
  if (trust.length === 0) return [];
  const [told, words] = proxyProtocol
    ? (['$proxy_protocol_server_port', [['443', 'https']]] as const)
    : ([
        '$http_x_forwarded_proto',
        [
          ['https', 'https'],
          ['http', 'http'],
        ],
      ] as const);
  return [
    comment('The trusted proxies in front. $realip_remote_addr is the address that really connected.'),
    block(
      ['geo', variables('$realip_remote_addr'), variables('$staticgenerator_trusted')],
      directive('default', '0'),
      ...trust.map((address) => directive(address === 'unix:' ? NO_ADDRESS : address, '1')),
    ),
    comment(
      'The scheme that the visitor used: the one that a trusted proxy reports, otherwise that of the connection.',
    ),
    map(
      `$staticgenerator_trusted|${told}`,
      '$staticgenerator_scheme',
      variables('$scheme'),
      words.map(([word, scheme]) => directive(`1|${word}`, scheme)),
    ),
  ];
}

/** The address that `geo` sees for a client of a Unix socket, which has no address. */
const NO_ADDRESS = '255.255.255.255';

/** Returns how nginx finds the address of the visitor. */
export function visitorAddress({ trust, proxyProtocol }: Visitors): readonly Statement[] {
  if (trust.length === 0) return [];
  return [
    comment('The address of the visitor: the last one that does not belong to a trusted proxy.'),
    ...trust.map((address) => directive('set_real_ip_from', address)),
    directive('real_ip_header', proxyProtocol ? 'proxy_protocol' : 'X-Forwarded-For'),
    directive('real_ip_recursive', 'on'),
  ];
}
