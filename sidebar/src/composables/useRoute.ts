import { onMounted, onUnmounted, shallowRef, type ShallowRef } from 'vue'
import { routeOf, type Route } from '../route.ts'

/** The current route. */
export function useRoute(): ShallowRef<Route> {
  const route = shallowRef(routeOf(window.location.hash))
  const follow = () => (route.value = routeOf(window.location.hash))
  onMounted(() => window.addEventListener('hashchange', follow))
  onUnmounted(() => window.removeEventListener('hashchange', follow))
  return route
}
