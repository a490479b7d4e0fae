//! Callables that use the network. They talk to port 9 of this machine, where nobody listens, and
//! their refusal shows that they tried.

use crate::args;
use crate::attack::collector::Collector;
use crate::attack::{Class, Harm};
use crate::value::{Value, call, g, list, method, tuple};

const HOST: &str = "127.0.0.1";
const PORT: i64 = 9;
const URL: &str = "http://127.0.0.1:9/";

pub(super) fn collect(all: &mut Collector<'_>) {
    all.class(Class::Network);
    for (module, name, args) in [
        (
            "socket",
            "create_connection",
            args![tuple(args![HOST, PORT])],
        ),
        ("smtplib", "SMTP", args![HOST, PORT]),
        ("poplib", "POP3", args![HOST, PORT]),
        ("imaplib", "IMAP4", args![HOST, PORT]),
        ("telnetlib", "Telnet", args![HOST, PORT]),
        ("nntplib", "NNTP", args![HOST, PORT]),
        (
            "ssl",
            "get_server_certificate",
            args![tuple(args![HOST, PORT])],
        ),
        (
            "multiprocessing.connection",
            "Client",
            args![tuple(args![HOST, PORT])],
        ),
    ] {
        let full = format!("{module}.{name}");
        let connect = all.add(&full, "connects to a server", |_| {
            call(g(module, name), args)
        });
        let connect = connect.harm(Harm::Raises("ConnectionRefusedError"));
        match module {
            "telnetlib" | "nntplib" => drop(connect.module(module)),
            "ssl" => drop(connect.module("_ssl")),
            _ => {}
        }
    }
    all.add("ftplib.FTP.connect", "connects to a server", |_| {
        method(
            call(g("ftplib", "FTP"), vec![]),
            "connect",
            args![HOST, PORT],
        )
    })
    .harm(Harm::Raises("ConnectionRefusedError"));
    all.add("http.client.HTTPConnection", "sends a request", |_| {
        let connection = call(g("http.client", "HTTPConnection"), args![HOST, PORT]);
        method(connection, "request", args!["GET", "/"])
    })
    .harm(Harm::Raises("ConnectionRefusedError"));
    all.add(
        "asyncio.open_connection",
        "connects in an event loop",
        |_| {
            let connect = call(g("asyncio", "open_connection"), args![HOST, PORT]);
            call(g("asyncio", "run"), vec![connect])
        },
    )
    .harm(Harm::Raises("ConnectionRefusedError"));
    for name in ["urlopen", "urlretrieve"] {
        all.add(
            &format!("urllib.request.{name}"),
            "fetches an address",
            |_| call(g("urllib.request", name), args![URL]),
        )
        .harm(Harm::Raises("URLError"));
    }
    all.add(
        "urllib.request.urlopen-file",
        "reads a file by its address",
        |k| {
            let url = format!("file://{}", k.victim);
            method(
                call(g("urllib.request", "urlopen"), args![url]),
                "read",
                vec![],
            )
        },
    )
    .state("'secret' in str(loaded)");
    all.add(
        "urllib.request.urlretrieve-file",
        "writes what it fetches into a file",
        |k| {
            let url = format!("file://{}", k.victim);
            call(g("urllib.request", "urlretrieve"), args![url, &k.marker])
        },
    );
    all.add(
        "xmlrpc.client.ServerProxy",
        "calls a method of a server",
        |_| {
            method(
                call(g("xmlrpc.client", "ServerProxy"), args![URL]),
                "method",
                vec![],
            )
        },
    )
    .harm(Harm::Raises("ConnectionRefusedError"));
    all.add(
        "logging.handlers.SocketHandler",
        "sends logs to a server",
        |_| {
            let handler = call(g("logging.handlers", "SocketHandler"), args![HOST, PORT]);
            method(handler, "makeSocket", vec![])
        },
    )
    .harm(Harm::Raises("ConnectionRefusedError"));
    all.add(
        "socket.socket.bind",
        "makes a socket in the file system",
        |k| {
            method(
                call(g("socket", "socket"), args![1, 1]),
                "bind",
                args![&k.marker],
            )
        },
    );
    all.add("socket.create_server", "listens", |_| {
        call(g("socket", "create_server"), args![tuple(args![HOST, 0])])
    })
    .state("loaded.getsockname()[1] > 0")
    .since(8);
    all.add(
        "http.server.HTTPServer",
        "listens with a handler that serves files",
        |_| {
            let handler = g("http.server", "SimpleHTTPRequestHandler");
            call(
                g("http.server", "HTTPServer"),
                args![tuple(args![HOST, 0]), handler],
            )
        },
    )
    .state("loaded.server_port > 0");
    all.add(
        "socketserver.TCPServer",
        "listens with a handler of any kind",
        |_| {
            call(
                g("socketserver", "TCPServer"),
                args![tuple(args![HOST, 0]), g("os", "system")],
            )
        },
    )
    .state("loaded.server_address[1] > 0");
    all.add(
        "multiprocessing.connection.Listener",
        "listens for pickles",
        |k| {
            call(
                g("multiprocessing.connection", "Listener"),
                args![&k.marker],
            )
        },
    )
    .state("loaded.address == marker");
    all.add("socket.getaddrinfo", "asks the name service", |_| {
        call(g("socket", "getaddrinfo"), args!["localhost", Value::None])
    })
    .state("len(loaded) > 0");
    all.add(
        "urllib.request.Request-list",
        "hands addresses to map",
        |_| {
            let map = call(
                g("builtins", "map"),
                args![g("urllib.request", "urlopen"), list(args![URL])],
            );
            call(g("builtins", "list"), vec![map])
        },
    )
    .harm(Harm::Raises("URLError"));
}
