import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import puppeteer, { type Browser, type Page } from 'puppeteer-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8')

/** As much of a browser's document as the functions here ask for, which run in the page. */
declare const document: { body: { innerText: string } }

/** How a page is looked at. */
export interface Look {
  width: number
  scheme: 'light' | 'dark'
  /** Whether people have chosen all colours themselves, as in the high contrast of Windows. */
  isForced?: boolean
}

export const DESKTOP: Look = { width: 1_280, scheme: 'light' }

/** The Chromium on the PATH, or the one that CHROMIUM names; undefined when there is none. */
export function findChromium(): string | undefined {
  if (process.env.CHROMIUM) return process.env.CHROMIUM
  for (const name of NAMES) {
    try {
      return execFileSync('which', [name], { stdio: ['ignore', 'pipe', 'ignore'] })
        .toString()
        .trim()
    } catch {
      // the next one
    }
  }
  return undefined
}

export function launch(executablePath: string): Promise<Browser> {
  return puppeteer.launch({
    executablePath,
    // In a container there is often neither a user for the sandbox nor much shared memory.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-extensions'],
    protocolTimeout: 60_000,
  })
}

/** A page in a profile of its own, and what it did that it should not. */
export interface Watched {
  page: Page
  /** Reports of the content security policy, errors, and requests to other servers. */
  faults: string[]
  close(): Promise<void>
}

/** Opens a page that is watched from its first request on. */
export async function openPage(browser: Browser, origin: string, look = DESKTOP): Promise<Watched> {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  await setLook(page, look)
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(`error: ${(error as Error).message}`))
  page.on('console', (message) => {
    if (/content security policy|trusted ?type/i.test(message.text())) faults.push(message.text())
  })
  page.on('request', (request) => {
    const url = request.url()
    const isOurs = url.startsWith(`${origin}/`) || /^(data|blob):/.test(url)
    if (!isOurs) faults.push(`asked ${url}`)
  })
  return { page, faults, close: () => context.close() }
}

export async function setLook(page: Page, { width, scheme, isForced }: Look): Promise<void> {
  await page.setViewport({ width, height: 900 })
  const features = [
    { name: 'prefers-color-scheme', value: scheme },
    { name: 'prefers-reduced-motion', value: 'reduce' },
    { name: 'forced-colors', value: isForced ? 'active' : 'none' },
    { name: 'prefers-contrast', value: isForced ? 'more' : 'no-preference' },
  ]
  // By the protocol itself: the library knows some of the features only.
  const session = await page.createCDPSession()
  await session.send('Emulation.setEmulatedMedia', { features })
}

/** What axe-core finds wrong with the page as it is now, each with the elements it is about. */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  await page.evaluate(`window.axe || ${wrapped(AXE)}`)
  return page.evaluate(async () => {
    type Found = { violations: { id: string; help: string; nodes: { html: string }[] }[] }
    const { axe } = globalThis as unknown as { axe: { run(): Promise<Found> } }
    const { violations } = await axe.run()
    return violations.map(({ id, help, nodes }) => {
      return `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`
    })
  })
}

/** Statements as an expression. */
function wrapped(script: string): string {
  return `(() => {${script}\n})()`
}

/** Waits until the page shows a text; fails with what it shows instead. */
export async function shows(page: Page, text: string): Promise<void> {
  const isShown = (wanted: string) => document.body.innerText.includes(wanted)
  try {
    await page.waitForFunction(isShown, {}, text)
  } catch (cause) {
    const instead = await page.evaluate(() => document.body.innerText)
    throw new Error(`the page does not show "${text}", but: ${instead}`, { cause })
  }
}
