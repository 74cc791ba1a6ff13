import 'vant/es/style/base.css'
import './theme.css'
import { createApp } from 'vue'
import App from './App.vue'
import { early } from './early.ts'
import { createParts, partsKey } from './parts.ts'

createApp(App).provide(partsKey, createParts(early)).mount('#app')
