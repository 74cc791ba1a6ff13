import { isbot } from 'isbot'

/** Programs a brand's own server or a developer sends with: they hold a token of ours and are nobody's crawler. */
const tools = /^(node|undici|node-fetch|axios|got|okhttp|curl|wget|python|go-http-client|java|apache-httpclient|postman)\b/i

/**
 * Whether a user agent says that no human is there: crawlers, link previews, headless browsers.
 * Plain HTTP libraries and WeChat's developer tools are not counted as robots, although isbot lists them.
 */
export function isRobot(userAgent: string): boolean {
  return isbot(userAgent) && !tools.test(userAgent) && !userAgent.includes('wechatdevtools')
}
