// SPDX-License-Identifier: MIT
//
// What the interpreter of a python stage runs. It is sent through its stdin, a socket, together with the memory for its
// answers; CONFIG stands before it. Frames come over the socket: count, bytes, the items' lengths, the items. Answers
// go into the ring of python_ring.h, so that each is there as soon as it is made; a byte over the socket says "look".
// That is said after the first and the last item of a frame, and after any other that ends more than a millisecond
// after it was said before, because a system call per item would cost more than most functions do.
#include "engine/worker/python_ring.h"

namespace pooltop {

const std::string_view kPythonShim = R"py(
import importlib, json, mmap, os, socket, struct, sys, time

def _pooltop(boot, fds, config):
    sock = socket.socket(fileno=os.dup(0))
    boot.detach()
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    (ring_fd,) = struct.unpack('i', fds[0][2][:4])
    head, size, limit = config['head'], config['ring'], config['max_item']
    memory = mmap.mmap(ring_fd, head + size)
    os.close(ring_fd)
    words = memoryview(memory)[:24].cast('Q')
    ring = memoryview(memory)[head:]
    pack_into, pack_head = struct.pack_into, struct.Struct('=II').pack_into
    pos = 0

    def look():
        sock.send(b'.')

    def make_room(need):
        nonlocal pos
        off = pos & (size - 1)
        if off + need > size:
            wait_for(size - off)
            pack_head(ring, off, 5, 0)
            pos += size - off
        wait_for(need)

    def wait_for(need):
        pause = 0.0002
        while pos + need - words[1] > size:
            words[0] = pos
            look()
            time.sleep(pause)
            pause = min(pause * 2, 0.02)

    def put(kind, data):
        nonlocal pos
        n = len(data)
        need = 8 + (n + 7 & -8)
        off = pos & (size - 1)
        if off + need > size or pos + need - words[1] > size:
            make_room(need)
            off = pos & (size - 1)
        pack_head(ring, off, kind, n)
        if n:
            ring[off + 8:off + 8 + n] = data
        pos += need
        words[0] = pos

    dumps = json.JSONEncoder(ensure_ascii=False, separators=(',', ':'), allow_nan=False).encode

    def to_bytes(value):
        t = type(value)
        if t is str:
            data = value.encode('utf-8', 'surrogateescape')
        elif t is int:
            data = b'%d' % value
        elif isinstance(value, str):
            data = str.encode(value, 'utf-8', 'surrogateescape')
        elif isinstance(value, (bytes, bytearray, memoryview)):
            data = bytes(value)
        else:
            data = dumps(value).encode()
        if len(data) > limit:
            raise ValueError('a result of %d bytes is larger than max_item_bytes (%d)' % (len(data), limit))
        return data

    def publish(value):
        if value is None:
            put(1, b'')
        elif hasattr(value, '__next__'):
            for part in value:
                if part is not None:
                    put(2, to_bytes(part))
            put(3, b'')
        else:
            put(0, to_bytes(value))

    def report(error):
        import traceback
        trace = error.__traceback__
        text = ''.join(traceback.format_exception(type(error), error, trace.tb_next or trace))
        line = traceback.format_exception_only(type(error), error)[-1].strip()
        line = line.encode('utf-8', 'backslashreplace')[:4096].replace(b'\0', b'\\0')
        put(4, line + b'\0' + text.encode('utf-8', 'backslashreplace')[-4096:])

    def no_constant(name):
        raise ValueError(name + ' is not JSON')

    scan = json.JSONDecoder(parse_constant=no_constant).scan_once
    loads = json.JSONDecoder(parse_constant=no_constant).decode
    begins_json = frozenset(b' \t\r\n"[{-0123456789tfn')

    def decode_json(data):
        return loads(data.decode())

    def decode_text(data):
        return data.decode('utf-8', 'surrogateescape')

    def decode_auto(data):
        text = data.decode('utf-8', 'surrogateescape')
        if not data or data[0] not in begins_json:
            return text
        try:
            value, end = scan(text, 0)
            if end == len(text):
                return value
        except (StopIteration, ValueError, RecursionError):
            pass
        try:
            return loads(text)
        except (ValueError, RecursionError):
            return text

    decode = {'auto': decode_auto, 'json': decode_json, 'text': decode_text, 'bytes': bytes}[config['decode']]
    sys.path[:0] = filter(None, (config['path'], os.getcwd()))
    sys.argv = [config['module'] + ':' + config['function']]
    function = importlib.import_module(config['module'])
    for name in config['function'].split('.'):
        function = getattr(function, name, None)
    if not callable(function):
        sys.exit('%s has no function %s' % (config['module'], config['function']))
    words[2] = 1
    look()

    clock = time.perf_counter
    unpack, wait_all, recv = struct.unpack, socket.MSG_WAITALL, sock.recv
    while True:
        frame = recv(8, wait_all)
        if len(frame) < 8:
            return
        count, total = unpack('=II', frame)
        lengths = unpack('=%dI' % count, recv(4 * count, wait_all))
        data = bytearray(total)
        if total and sock.recv_into(data, total, wait_all) < total:
            return
        data = bytes(data)
        if words[1] == pos and pos & (size - 1) > 1 << 20:
            make_room(size - (pos & (size - 1)) + 8)
        told = 0
        begin = 0
        for length in lengths:
            end = begin + length
            try:
                value = function(decode(data[begin:end]))
                if type(value) is str:
                    value = value.encode('utf-8', 'surrogateescape')
                    put(0, value if len(value) <= limit else to_bytes(value))
                else:
                    publish(value)
            except BaseException as error:
                report(error)
            begin = end
            now = clock()
            if now - told > 0.001:
                look()
                told = now
        look()

_pooltop(s, a, CONFIG)
)py";

}  // namespace pooltop
