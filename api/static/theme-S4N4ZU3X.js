var e=window.matchMedia("(prefers-color-scheme: dark)"),t=()=>document.documentElement.setAttribute("data-bs-theme",e.matches?"dark":"light");t();e.addEventListener("change",t);
