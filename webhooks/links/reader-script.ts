/** What the script needs to know; travels as JSON in the page. */
export interface ReaderScriptData {
  /** Our own address of this page as it should be shared: path and query. */
  path: string
  /** Where reading time goes, with the signed visit; null: nobody is counted. */
  read: { to: string; visit: string } | null
  /** WeChat's share card, when the page may set one. */
  share: {
    sdk: string
    config: { appId: string; timestamp: number; nonceStr: string; signature: string }
    card: { title: string; desc: string; link: string; imgUrl: string }
  } | null
}

/**
 * The page's only script. Without it the page reads the same and the arrival is already counted: it puts the reader's
 * own share token into the address, sets the share card, and adds the time spent.
 *
 * Order matters: JS-SDK checks the signature against the address of arrival, so the address changes after it is ready.
 * Time counts while the page is visible and was touched or scrolled in the last 60 s; it is sent when the page is left,
 * each part telling only the seconds since the one before.
 */
export const readerScript = `(()=>{
const d=JSON.parse(document.getElementById('reading').textContent),h=document,w=window
const show=()=>{try{history.replaceState(null,'',d.path)}catch{}}
if(d.share){
  const s=h.createElement('script');s.src=d.share.sdk;s.async=true;s.nonce=h.currentScript.nonce;s.onerror=show;setTimeout(show,3e3)
  s.onload=()=>{const x=w.wx;if(!x)return show()
    x.config(Object.assign({jsApiList:['updateAppMessageShareData','updateTimelineShareData']},d.share.config))
    x.ready(()=>{x.updateAppMessageShareData(d.share.card);x.updateTimelineShareData(d.share.card);show()})
    x.error(show)}
  h.head.append(s)
}else show()
if(!d.read)return
let active=0,sent=0,part=0,far=0,last=Date.now()
const measure=()=>{far=Math.max(far,Math.min(100,Math.round(100*(w.scrollY+w.innerHeight)/h.documentElement.scrollHeight)))}
const look=()=>{last=Date.now();measure()}
for(const n of['scroll','touchstart','pointerdown','keydown'])w.addEventListener(n,look,{passive:true})
w.addEventListener('load',look)
setInterval(()=>{if(h.visibilityState==='visible'&&Date.now()-last<6e4)active++},1e3)
const send=()=>{const s=active-sent;if(s<1)return;measure()
  const body=JSON.stringify({visit:d.read.visit,part,seconds:s,percent:far})
  if(navigator.sendBeacon&&navigator.sendBeacon(d.read.to,body)){sent=active;part++}}
h.addEventListener('visibilitychange',()=>{if(h.visibilityState==='hidden')send();else look()})
w.addEventListener('pagehide',send)
})()`
