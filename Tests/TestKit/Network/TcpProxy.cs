using System.Net;
using System.Net.Sockets;

namespace Sluice.TestKit.Network;

/// <summary>What a <see cref="TcpProxy"/> does with what passes.</summary>
public enum ProxyMode
{
    /// <summary>Everything passes.</summary>
    Pass,

    /// <summary>New connections are closed at once, and those that are open too.</summary>
    Refuse,

    /// <summary>Connections stay open and nothing passes.</summary>
    Hang,
}

/// <summary>Stands between a program and a server, and breaks what is between them on command.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly Socket _listener;
    private volatile IPEndPoint _server;
    private readonly CancellationTokenSource _stopped = new();
    private readonly HashSet<Socket> _open = [];
    private readonly Lock _lock = new();
    private readonly Task _accepting;
    private readonly SemaphoreSlim _turn = new(1);
    private ProxyMode _mode;
    private long _passed;
    private TaskCompletionSource _passing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Listens.</summary>
    /// <param name="address">Where; port 0 takes a free one.</param>
    /// <param name="server">Where to.</param>
    public TcpProxy(IPEndPoint address, IPEndPoint server)
    {
        _server = server;
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(address);
        _listener.Listen(256);
        Address = (IPEndPoint)_listener.LocalEndPoint!;
        _passing.SetResult();
        _accepting = AcceptAsync();
    }

    /// <summary>Bytes that pass in a second towards the server, over all connections; 0 for no limit.</summary>
    public long BytesPerSecond { get; set; }

    /// <summary>Bytes that have passed towards the server.</summary>
    public long Passed => Interlocked.Read(ref _passed);

    /// <summary>Where new connections go to: another server may take its place.</summary>
    public IPEndPoint Server
    {
        get => _server;
        set => _server = value;
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address { get; }

    /// <summary>Changes what happens to what passes, at once.</summary>
    public void Set(ProxyMode mode)
    {
        lock (_lock)
        {
            _mode = mode;
            if (mode == ProxyMode.Hang)
            {
                if (_passing.Task.IsCompleted)
                {
                    _passing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                }
            }
            else
            {
                _passing.TrySetResult();
            }

            if (mode == ProxyMode.Refuse)
            {
                foreach (var socket in _open)
                {
                    socket.Close(0);
                }

                _open.Clear();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        Set(ProxyMode.Refuse);
        _listener.Dispose();
        await _accepting;
        _stopped.Dispose();
        _turn.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopped.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_stopped.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(_server.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            lock (_lock)
            {
                if (_mode == ProxyMode.Refuse)
                {
                    client.Close(0);
                    return;
                }

                _open.Add(client);
                _open.Add(server);
            }

            await server.ConnectAsync(_server, _stopped.Token);
            await Task.WhenAny(CopyAsync(client, server, limited: true), CopyAsync(server, client, limited: false));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // One side has gone; so goes the other.
        }
        finally
        {
            lock (_lock)
            {
                _open.Remove(client);
                _open.Remove(server);
            }

            client.Dispose();
            server.Dispose();
        }
    }

    private async Task SlowAsync(int bytes)
    {
        if (BytesPerSecond is > 0 and var limit)
        {
            await _turn.WaitAsync(_stopped.Token);
            try
            {
                await Task.Delay(TimeSpan.FromSeconds((double)bytes / limit), TimeProvider.System, _stopped.Token);
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to, bool limited)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _stopped.Token) is > 0 and var read)
            {
                Task passing;
                lock (_lock)
                {
                    passing = _passing.Task;
                }

                await passing.WaitAsync(_stopped.Token);
                if (limited)
                {
                    Interlocked.Add(ref _passed, read);
                    await SlowAsync(read);
                }

                for (var sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), _stopped.Token);
                }
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The connection is over.
        }
    }
}
