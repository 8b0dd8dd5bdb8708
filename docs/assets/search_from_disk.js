// The search of a page that is opened from a file: browsers start no Worker there, so its script
// runs in a hidden frame. The names IFrameWorker and importScripts are those that it looks for.
if (location.protocol === 'file:') {
  window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement('iframe');
      frame.hidden = true;
      document.body.append(frame);
      this.inside = frame.contentWindow;
      this.inside.postMessage = data => {
        const event = new MessageEvent('message', {data});
        this.dispatchEvent(event);
        if (this.onmessage) this.onmessage(event);
      };
      this.inside.importScripts = (...urls) =>
        urls.reduce((before, one) => before.then(() => this.add(one)), Promise.resolve());
      this.ready = this.add(url);
    }
    add(url) {
      const script = this.inside.document.createElement('script');
      script.src = new URL(url, document.baseURI).href;
      this.inside.document.body.append(script);
      return new Promise(resolve => { script.onload = script.onerror = resolve; });
    }
    postMessage(data) {
      this.ready.then(() => this.inside.dispatchEvent(new MessageEvent('message', {data})));
    }
    terminate() {
      this.inside.frameElement.remove();
    }
  };
  window.Worker = window.IFrameWorker;
}
