// agent_auth_headers.js: what an nginx before 1.23 does not tell by itself, for its
// module njs: the last of several headers of one name (see postgrest.conf).

function last_agent(r) {
    let last = '';

    r.rawHeadersIn.forEach((header) => {
        if (header[0].toLowerCase() === 'x-agent-authorization') last = header[1];
    });
    return last;
}

export default { last_agent };
