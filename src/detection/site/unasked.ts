import { hashTemplate, templateOf } from '../../request-log/template'

/**
 * What browsers, feed readers and search engines ask every site for without a link to it. A site that does not have
 * it answers 404 to honest people.
 */
const UNASKED = `
  /favicon.ico /favicon.png /favicon.svg /favicon-16x16.png /favicon-32x32.png
  /apple-touch-icon.png /apple-touch-icon-precomposed.png /apple-touch-icon-120x120.png
  /apple-touch-icon-120x120-precomposed.png /browserconfig.xml /mstile-150x150.png
  /manifest.json /manifest.webmanifest /site.webmanifest /sw.js /service-worker.js /serviceworker.js
  /robots.txt /sitemap.xml /sitemap.xml.gz /sitemap_index.xml /sitemap.txt /humans.txt /llms.txt
  /ads.txt /app-ads.txt /sellers.json /security.txt /crossdomain.xml /opensearch.xml
  /apple-app-site-association /.well-known/apple-app-site-association /.well-known/assetlinks.json
  /.well-known/change-password /.well-known/passkey-endpoints /.well-known/traffic-advice
  /.well-known/security.txt /.well-known/dnt-policy.txt /.well-known/gpc.json
  /.well-known/nodeinfo /.well-known/webfinger /.well-known/host-meta
  /.well-known/related-website-set.json /.well-known/appspecific/com.chrome.devtools.json
  /.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200
  /feed /feed.xml /rss /rss.xml /atom.xml /index.rdf /index.xml`

const TEMPLATES = new Set(
  UNASKED.trim()
    .split(/\s+/)
    .map((path) => hashTemplate(templateOf(path))),
)

/** Whether a template is one that honest programs ask every site for. */
export function isUnasked(template: number): boolean {
  return TEMPLATES.has(template)
}
