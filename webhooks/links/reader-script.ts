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

/** Name, in the reader's own storage, of reports that the server has not confirmed. */
export const unsentKey = 'wl_unsent'

/**
 * The page's only script. Without it the page reads the same and the arrival is already counted: it puts the reader's
 * own share token into the address, sets the share card, and adds the time spent.
 *
 * Order matters: JS-SDK checks the signature against the address of arrival, so the address changes after it is ready.
 * Time counts while the page is visible and was touched or scrolled in the last 60 s. It is told in numbered parts, each
 * the seconds since the one before: after 15 s, then every minute, and when the page is left. WeChat may kill a page
 * without a word, so a part, and every 5 s what is not yet a part, lies in localStorage until it is confirmed; the next
 * page of ours sends what is left there under the same number, and the server knows what it has heard already.
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
const key='${unsentKey}'
let memory=[]
const stored=()=>{try{return JSON.parse(localStorage.getItem(key))||[]}catch{return memory}}
const store=l=>{memory=l.slice(-20);try{memory.length?localStorage.setItem(key,JSON.stringify(memory)):localStorage.removeItem(key)}catch{}}
const same=(a,b)=>a.body.visit===b.body.visit&&a.body.part===b.body.part
const drop=r=>store(stored().filter(x=>!same(x,r)))
const keep=r=>store([...stored().filter(x=>!same(x,r)),r])
const post=r=>fetch(r.to,{method:'POST',body:JSON.stringify(r.body),keepalive:true}).then(a=>{if(a.status<500&&a.status!==429)drop(r)}).catch(()=>{})
for(const r of stored())if(/^\\/l\\/[\\w-]+\\/read$/.test(r.to))post(r);else drop(r)
if(!d.read)return
const heads=[...h.querySelectorAll('article :is(h2,h3,h4,h5,h6)')],began=Date.now()
let active=0,sent=0,part=0,far=0,deep=-1,last=Date.now(),after=0
const measure=()=>{const a=w.innerHeight
  far=Math.max(far,Math.min(100,Math.round(100*(w.scrollY+a)/h.documentElement.scrollHeight)))
  for(let i=deep+1;i<heads.length&&heads[i].getBoundingClientRect().top<a*.75;i++)deep=i}
const look=()=>{last=Date.now();measure()}
for(const n of['scroll','touchstart','pointerdown','keydown'])w.addEventListener(n,look,{passive:true})
w.addEventListener('load',look)
const rest=()=>{const s=active-sent;if(s<1)return null;measure()
  return{to:d.read.to,body:{visit:d.read.visit,part,seconds:s,percent:far,section:deep<0?null:deep,after}}}
const tell=leaving=>{const r=rest();if(!r)return;sent=active;part++;keep(r)
  if(!leaving||!navigator.sendBeacon||!navigator.sendBeacon(r.to,JSON.stringify(r.body)))post(r)}
setInterval(()=>{if(h.visibilityState!=='visible'||Date.now()-last>=6e4)return
  active++;after=Math.round((Date.now()-began)/1e3)
  if(active-sent>=(part?60:15))tell(false)
  else if((active-sent)%5===0){const r=rest();if(r)keep(r)}},1e3)
h.addEventListener('visibilitychange',()=>{if(h.visibilityState==='hidden')tell(true);else look()})
w.addEventListener('pagehide',()=>tell(true))
})()`
