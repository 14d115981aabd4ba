import { expect } from 'chai'
import {
  asksForLogin,
  holdsPassword,
  isLoginPath,
  numberInQuery,
} from '../../src/request-log/login-paths'

describe('login paths', () => {
  it('are told by their names', () => {
    const logins = [
      '/login',
      '/login.php',
      '/wp-login.php',
      '/xmlrpc.php',
      '/user/login',
      '/users/sign_in',
      '/api/v1/auth/local',
      '/api/auth/callback/credentials',
      '/oauth/token',
      '/session',
      '/app/j_security_check',
      '/remote/logincheck',
      '/owa/auth.owa',
      '/my-account',
      '/customer/account/loginpost',
      '/api/v2/auth/forgot-password',
      '/users/password',
    ]
    for (const path of logins) expect(isLoginPath(path), path).to.equal(true)
  })

  it('are not what only sounds like one', () => {
    const others = [
      '/',
      '/logout',
      '/auth/refresh',
      '/authors/jane',
      '/tokens/prices/today',
      '/blog/login-with-passkeys',
      '/session/17/slides',
      '/my-account/orders',
      '/blog/forgot-password-forms-that-work',
      '/login/logout',
    ]
    for (const path of others) expect(isLoginPath(path), path).to.equal(false)
  })

  it('are also where a query says so', () => {
    for (const query of ['mode=login', 'a=1&action=lostpassword', 'task=user.login&x=2']) {
      expect(asksForLogin(query), query).to.equal(true)
    }
    for (const query of ['mode=logout', 'q=mode+login', 'action=reply&t=4', 'page=login-tips']) {
      expect(asksForLogin(query), query).to.equal(false)
    }
  })

  it('are also where a query carries a password', () => {
    expect(holdsPassword('username=admin&password=1234')).to.equal(true)
    expect(holdsPassword('pwd=x')).to.equal(true)
    expect(holdsPassword('password=')).to.equal(false)
    expect(holdsPassword('q=password+manager&bypass=1')).to.equal(false)
  })
})

describe('the number in a query', () => {
  it('is that of what is called an id', () => {
    expect(numberInQuery('id=17')).to.equal(17)
    expect(numberInQuery('lang=de&user_id=18&x=1')).to.equal(18)
    expect(numberInQuery('order=19')).to.equal(19)
    expect(numberInQuery('page=2&grid=x1')).to.equal(undefined)
  })

  it('is that of anything else that is no place in a list, and no time', () => {
    expect(numberInQuery('t=17')).to.equal(17)
    expect(numberInQuery('topic=17&start=30')).to.equal(17)
    expect(numberInQuery('mode=viewprofile&u=21')).to.equal(21)
    expect(numberInQuery('f=2&post_id=30')).to.equal(30)
    expect(numberInQuery('since=5&limit=20&at=1764000000')).to.equal(undefined)
  })
})
