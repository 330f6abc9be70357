"""One outline set of icons, 24 × 24, drawn with a 1.5 px stroke."""

ICONS = {
    "alert": '<path d="M12 4 2.5 20h19L12 4Z"/><path d="M12 10v4.5M12 17.2v.1"/>',
    "archive": '<rect x="3" y="4.5" width="18" height="4.5" rx="1"/><path d="M4.5 9v10.5h15V9M10 13h4"/>',
    "arrow-down": '<path d="M12 4v16m-6-6 6 6 6-6"/>',
    "arrow-left": '<path d="M20 12H4m6-6-6 6 6 6"/>',
    "arrow-right": '<path d="M4 12h16m-6-6 6 6-6 6"/>',
    "arrow-up": '<path d="M12 20V4m-6 6 6-6 6 6"/>',
    "book": (
        '<path d="M12 6.5C9.5 4.8 6.5 4.5 3 5v13.5c3.5-.5 6.5-.2 9 1.5 2.5-1.7 5.5-2 9-1.5V5c-3.5-.5-6.5-.2-9 1.5Zm0 0V20"/>'
    ),
    "calendar": '<rect x="3.5" y="5" width="17" height="15.5" rx="2"/><path d="M3.5 10h17M8 2.8V7m8-4.2V7"/>',
    "certificate": '<circle cx="12" cy="9" r="6"/><path d="m8.5 14-1 7.5L12 19l4.5 2.5-1-7.5"/>',
    "chart": '<path d="M3.5 3.5v17h17"/><path d="m7 15 4-5 3.5 3L20 6.5"/>',
    "check": '<path d="m4.5 12.5 5 5L19.5 7"/>',
    "check-circle": '<circle cx="12" cy="12" r="9"/><path d="m8 12.3 2.8 2.8L16 9.5"/>',
    "chevron-down": '<path d="m5.5 9 6.5 6.5L18.5 9"/>',
    "chevron-right": '<path d="m9 5.5 6.5 6.5L9 18.5"/>',
    "circle": '<circle cx="12" cy="12" r="8.5"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5.3l3.5 2"/>',
    "contrast": '<circle cx="12" cy="12" r="9"/><path d="M12 3v18a9 9 0 0 0 0-18Z" fill="currentColor"/>',
    "copy": (
        '<rect x="8.5" y="8.5" width="12" height="12" rx="2"/>'
        '<path d="M15.5 8.5v-3a2 2 0 0 0-2-2h-8a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2h3"/>'
    ),
    "download": '<path d="M12 3.5v12m-5-5 5 5 5-5M4 20.5h16"/>',
    "eye": ('<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z"/><circle cx="12" cy="12" r="3"/>'),
    "filter": '<path d="M3.5 5.5h17M7 12h10m-6.5 6.5h3"/>',
    "flag": '<path d="M5.5 21.5v-18h12l-2 4.5 2 4.5h-12"/>',
    "gear": '<path d="M4 7h9m5 0h2M4 17h2m5 0h9"/><circle cx="15.5" cy="7" r="2.5"/><circle cx="8.5" cy="17" r="2.5"/>',
    "handshake": '<circle cx="9" cy="12" r="6"/><circle cx="15" cy="12" r="6"/>',
    "home": '<path d="m3.5 11 8.5-7.5 8.5 7.5M6 9v11.5h12V9"/>',
    "info": '<circle cx="12" cy="12" r="9"/><path d="M12 11v5.5M12 7.7v.1"/>',
    "link": (
        '<path d="M10 14a4 4 0 0 0 5.7 0l3.6-3.6a4 4 0 0 0-5.7-5.7L12 6.3"/>'
        '<path d="M14 10a4 4 0 0 0-5.7 0l-3.6 3.6a4 4 0 0 0 5.7 5.7l1.6-1.6"/>'
    ),
    "list": '<path d="M9 6h11.5M9 12h11.5M9 18h11.5M4 6h.1M4 12h.1M4 18h.1"/>',
    "lock": '<rect x="4.5" y="10.5" width="15" height="10" rx="2"/><path d="M8 10.5V7.5a4 4 0 0 1 8 0v3"/>',
    "key": '<circle cx="8" cy="15" r="4.5"/><path d="m11.2 11.8 8.3-8.3M16 7l3 3M13 10l2 2"/>',
    "mail": '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="m3.5 7 8.5 6.5L20.5 7"/>',
    "menu": '<path d="M3.5 6.5h17m-17 5.5h17m-17 5.5h17"/>',
    "microphone": '<rect x="9" y="3" width="6" height="11" rx="3"/><path d="M5.5 11.5a6.5 6.5 0 0 0 13 0M12 18v3"/>',
    "minus": '<path d="M5 12h14"/>',
    "note": '<path d="M5 3.5h14v11l-5.5 6H5v-17Z"/><path d="M13.5 20.5v-6H19M8.5 8h7m-7 3.5h4"/>',
    "pencil": '<path d="m4 20 1-4.5L16.5 4 20 7.5 8.5 19 4 20ZM14 6.5 17.5 10"/>',
    "plus": '<path d="M12 5v14m-7-7h14"/>',
    "printer": '<path d="M7 8V3.5h10V8M7 17H3.5V8.5h17V17H17"/><path d="M7 13.5h10v7H7z"/>',
    "question": ('<circle cx="12" cy="12" r="9"/><path d="M9.3 9.5A2.7 2.7 0 1 1 12.5 12c-.4.2-.5.6-.5 1v.8M12 16.7v.1"/>'),
    "search": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="m15.5 15.5 5 5"/>',
    "receipt": '<path d="M5.5 3.5h13v17l-3.25-2-3.25 2-3.25-2-3.25 2v-17Z"/><path d="M9 8.5h6M9 12.5h6"/>',
    "seat": '<path d="M3 7.5h18v3a2 2 0 0 0 0 4v3H3v-3a2 2 0 0 0 0-4v-3Z"/><path d="M14.5 7.5v10"/>',
    "square": '<rect x="6" y="6" width="12" height="12" rx="1"/>',
    "sign-out": '<path d="M14 4H5v16h9M10 12h11m-4.5-4.5L21 12l-4.5 4.5"/>',
    "target": (
        '<circle cx="12" cy="12" r="9"/><circle cx="12" cy="12" r="5"/><circle cx="12" cy="12" r="1" fill="currentColor"/>'
    ),
    "trash": '<path d="M4 6.5h16M9 6.5v-3h6v3m-8.5 0 1 14h9l1-14M10 10.5v6m4-6v6"/>',
    "undo": '<path d="M9 14 4 9l5-5"/><path d="M4 9h10.5a5.5 5.5 0 0 1 0 11H11"/>',
    "upload": '<path d="M12 16V4m-5 5 5-5 5 5M4 20.5h16"/>',
    "user": '<circle cx="12" cy="8" r="4"/><path d="M4 20.5c.8-4 4-6 8-6s7.2 2 8 6"/>',
    "users": (
        '<circle cx="9" cy="8" r="3.5"/>'
        '<path d="M2.5 20c.6-3.7 3.2-5.5 6.5-5.5s5.9 1.8 6.5 5.5M15.5 4.7a3.5 3.5 0 0 1 0 6.6M18 14.9c2 .8 3.2 2.5 3.5 5.1"/>'
    ),
    "x": '<path d="m5.5 5.5 13 13m0-13-13 13"/>',
    "x-circle": '<circle cx="12" cy="12" r="9"/><path d="m9 9 6 6m0-6-6 6"/>',
}
