// Where the server sends the browser back to. The answer is taken along to the app, out of the address bar.
sessionStorage.setItem("answer", location.search);
location.replace("/");
