import 'vant/es/style/base.css'
import './theme.css'
import { createApp } from 'vue'
import App from './App.vue'
import { createParts, partsKey } from './parts.ts'
import { isSdkEcho } from './wecom.ts'

/** WeCom signs the address: what sign-in left in it (code, state) goes before the SDK sees it. */
function tidyAddress(): void {
  const address = new URL(window.location.href)
  if (!address.searchParams.has('code') && !address.searchParams.has('state')) return
  address.searchParams.delete('code')
  address.searchParams.delete('state')
  window.history.replaceState(window.history.state, '', address)
}

tidyAddress()
window.addEventListener('unhandledrejection', (event) => {
  if (isSdkEcho(event.reason)) event.preventDefault()
})
createApp(App).provide(partsKey, createParts()).mount('#app')
