using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>A worker that lives, with the pipes to it. Used for one document at a time.</summary>
internal sealed class WorkerProcess : IAsyncDisposable
{
    private const int KeptMessage = 4096;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly ProcessHandle _handle;
    private readonly string _folder;
    private readonly long _memoryLimit;
    private readonly FrameReader _frames;
    private readonly PayloadWriter _payload = new();
    private readonly StringBuilder _message = new();
    private readonly Task _listening;
    private byte[] _setup = [];
    private WorkerEnd? _ended;
    private bool _isStarved;
    private int _disposed;

    private WorkerProcess(Process process, string folder, long memoryLimit, long maxPicture)
    {
        _process = process;
        _handle = new(process);
        _folder = folder;
        _memoryLimit = memoryLimit;
        _frames = new(process.StandardOutput.BaseStream, maxPicture);
        _listening = ListenAsync();
    }

    /// <summary>Number of the process.</summary>
    public int Id => _process.Id;

    /// <summary>Documents it was given.</summary>
    public int Documents { get; private set; }

    /// <summary>When it was last returned.</summary>
    public long IdleSince { get; set; }

    /// <summary>Bytes that the machine could still give.</summary>
    public required Func<long> Available { get; init; }

    /// <summary>Whether it could reach the network.</summary>
    public bool HasNetwork { get; private set; }

    /// <summary>Most memory that was seen.</summary>
    public long PeakMemory { get; private set; }

    /// <summary>Whether it lives.</summary>
    public bool IsAlive => _disposed == 0 && !_process.HasExited;

    /// <summary>Starts one and waits until it is ready.</summary>
    /// <returns>The worker; null where it did not come up.</returns>
    /// <exception cref="WorkersUnavailableException">The machine starts no process now.</exception>
    public static async Task<WorkerProcess?> StartAsync(WorkerCommand command, WorkerOptions options, long maxPicture, bool isolated, TimeProvider time, Func<long> available, CancellationToken cancellationToken)
    {
        var limit = options.EffectiveMaxMemoryBytes;
        string? folder = null;
        WorkerProcess worker;
        try
        {
            folder = WorkerFolders.Create();
            worker = new(await WorkerStarter.StartAsync(command, limit, isolated, folder).ConfigureAwait(false), folder, limit, maxPicture) { Available = available };
        }
        catch (Exception exception) when (Surroundings.Of(exception) is not null)
        {
            // No memory, no process, no handle, no place for its folder.
            WorkerFolders.Remove(folder);
            if (isolated)
            {
                return null; // Perhaps only the program that isolates cannot.
            }

            throw new WorkersUnavailableException($"no worker can be started with {command.File}: {exception.Message}");
        }

        try
        {
            if (await worker._frames.ReadAsync(cancellationToken).AsTask().WaitAsync(s_patience * 6, time, cancellationToken).ConfigureAwait(false) is { Kind: FrameKind.Hello } hello)
            {
                worker.HasNetwork = new PayloadReader(hello.Payload.Span).Bool();
                return worker;
            }
        }
        catch (Exception exception) when (exception is InvalidDataException or IOException or TimeoutException)
        {
            // It is no worker of this program.
        }
        catch
        {
            await worker.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await worker.DisposeAsync().ConfigureAwait(false);
        return null;
    }

    /// <summary>Sends a document's begin, and how to parse where that differs from the last one.</summary>
    /// <exception cref="WorkerDeathException">It ended, or was ended because it took nothing.</exception>
    public async ValueTask BeginAsync(
        byte[] setup, string uri, string? mediaType, long length, ReadOnlyMemory<byte> head, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        Documents++;
        _isStarved = false;
        _payload.Clear();
        if (!setup.AsSpan().SequenceEqual(_setup))
        {
            _payload.Begin(FrameKind.Setup).Add(setup).End();
            _setup = setup;
        }

        _payload.Begin(FrameKind.Begin).Add(uri).Add(mediaType).Add(length).Add(head.Span).End();
        await SendAsync(patience, time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Sends frames.</summary>
    /// <param name="write">Builds them.</param>
    /// <param name="patience">How long it may take nothing.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends waiting; the worker is of no use afterwards.</param>
    /// <exception cref="WorkerDeathException">It ended, or was ended because it took nothing.</exception>
    public async ValueTask SendAsync(Action<PayloadWriter> write, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        _payload.Clear();
        write(_payload);
        await SendAsync(patience, time, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The next frame.</summary>
    /// <param name="patience">How long it may say nothing.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends waiting; the worker is of no use afterwards.</param>
    /// <exception cref="WorkerDeathException">It ended, or was ended because it said nothing, or nothing that can be understood.</exception>
    public async ValueTask<Frame> ReceiveAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var reading = _frames.ReadAsync(cancellationToken);
            var frame = reading.IsCompleted
                ? await reading.ConfigureAwait(false)
                : await reading.AsTask().WaitAsync(patience, time, cancellationToken).ConfigureAwait(false);
            if (frame is { } received)
            {
                return received;
            }
        }
        catch (TimeoutException)
        {
            Kill(WorkerEnd.Silent);
        }
        catch (InvalidDataException exception)
        {
            Kill(WorkerEnd.Crashed);
            throw new WorkerDeathException(WorkerEnd.Crashed, exception.Message);
        }
        catch (IOException)
        {
            // The pipe broke: it ended.
        }

        throw await DeathAsync().ConfigureAwait(false);
    }

    /// <summary>Looks at its memory and ends it when that is too much. Cheap: one small file of the kernel's.</summary>
    /// <param name="available">Bytes that the machine could still give.</param>
    public void WatchMemory(long available)
    {
        try
        {
            if (!OperatingSystem.IsLinux() || _disposed != 0)
            {
                return;
            }

            var resident = WorkerMemory.Resident(Id);
            PeakMemory = Math.Max(PeakMemory, resident);
            if (available < WorkerMemory.Heap(_memoryLimit) - resident)
            {
                _isStarved = true; // What fails for want of memory from now on says nothing of the document: it could not have had what it may have.
            }

            if (resident > _memoryLimit)
            {
                Kill(WorkerEnd.OutOfMemory);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            // It has just ended.
        }
    }

    /// <summary>It had no memory, as it says: its own limit was in the way, or the machine had none.</summary>
    public WorkerDeathException Starved()
    {
        var available = Available();
        WatchMemory(available);
        _isStarved |= !IsAlive && available < WorkerMemory.Heap(_memoryLimit); // With what it gave back: so it could not have had more.
        return _isStarved ? new(WorkerEnd.Starved, "a want of memory of the machine") : new(WorkerEnd.OutOfMemory, "a want of memory");
    }

    /// <summary>Ends it at once.</summary>
    /// <param name="reason">Why.</param>
    public void Kill(WorkerEnd reason)
    {
        _ended ??= reason;
        try
        {
            _handle.Kill(); // With what it started: pdftoppm, say.
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself.
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        Kill(WorkerEnd.Killed);
        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);

        // What it started may hold the pipes; it ends with them. A process that is disposed leaves them open.
        await _process.StandardInput.BaseStream.DisposeAsync().ConfigureAwait(false);
        await _process.StandardOutput.BaseStream.DisposeAsync().ConfigureAwait(false);
        await _process.StandardError.BaseStream.DisposeAsync().ConfigureAwait(false);
        await _listening.WaitAsync(s_patience, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _handle.Dispose();
        _process.Dispose();
        WorkerFolders.Remove(_folder);
    }

    /// <summary>A thread of the worker does nothing but take what comes: one that takes nothing stands still, and the pipe is full.</summary>
    private async ValueTask SendAsync(TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var writing = _process.StandardInput.BaseStream.WriteAsync(_payload.Written, cancellationToken);
            if (writing.IsCompleted)
            {
                await writing.ConfigureAwait(false);
            }
            else
            {
                await writing.AsTask().WaitAsync(patience, time, cancellationToken).ConfigureAwait(false);
            }

            return;
        }
        catch (TimeoutException)
        {
            Kill(WorkerEnd.Silent);
        }
        catch (IOException)
        {
            // The pipe broke: it ended.
        }

        throw await DeathAsync().ConfigureAwait(false);
    }

    /// <summary>Why it ended. By the clock of the machine: a process does not end faster because a test says so.</summary>
    private async Task<WorkerDeathException> DeathAsync()
    {
        try
        {
            await _process.WaitForExitAsync(CancellationToken.None).WaitAsync(s_patience, TimeProvider.System).ConfigureAwait(false);
            await _listening.WaitAsync(s_patience, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Kill(WorkerEnd.Crashed); // It closed its pipe and stayed.
            return new(WorkerEnd.Crashed, "closing its pipe");
        }

        return _ended switch
        {
            { } ours => new(ours, ours switch { WorkerEnd.OutOfMemory => "a want of memory", WorkerEnd.Silent => "a silence", _ => "a signal" }),
            _ when WorkerExit.Explain(_process.ExitCode, _message.ToString()) is var end => end.End == WorkerEnd.OutOfMemory ? Starved() : end,
        };
    }

    /// <summary>Takes what it writes on standard error, so that it is never held up there, and keeps the beginning: .NET says there what it died of.</summary>
    private async Task ListenAsync()
    {
        var buffer = new char[1024];
        int read;
        while ((read = await _process.StandardError.ReadAsync(buffer).ConfigureAwait(false)) > 0)
        {
            _message.Append(buffer, 0, Math.Min(read, KeptMessage - _message.Length));
        }
    }
}
