using Sluice.Streams.Documents;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>A document that a worker parses: its sections, then how it ended, go to the parent.</summary>
internal sealed class FedDocument(ParentPipe pipe, FedStream stream, DocumentContent content, DocumentParsers parsers, ParsingOptions options)
{
    private Task _parsing = Task.CompletedTask;

    /// <summary>Its bytes.</summary>
    public FedStream Stream => stream;

    /// <summary>Says that the worker lives, while the document is parsed.</summary>
    public void Beat()
    {
        if (!_parsing.IsCompleted)
        {
            pipe.Beat();
        }
    }

    /// <summary>It gets on: it may use processor time again. Behind the time limit of the parser, which a process that is stuck no longer keeps.</summary>
    public void Extend() => WorkerLimits.AllowProcessorTime((options.SectionTimeout + TimeSpan.FromSeconds(10)) * Environment.ProcessorCount);

    /// <summary>Parses it on the thread pool.</summary>
    public void Start() => _parsing = Task.Run(RunAsync);

    private async Task RunAsync()
    {
        Action<PayloadWriter> end;
        try
        {
            await SendAsync().ConfigureAwait(false);
            end = static to => to.Begin(WorkerMemory.WasShort ? FrameKind.OutOfMemory : FrameKind.Ended).End();
        }
        catch (Exception exception) when (WorkerMemory.WasShort || Surroundings.IsMemory(exception))
        {
            end = static to => to.Begin(FrameKind.OutOfMemory).End();
        }
        catch (DocumentRejectedException exception)
        {
            end = to => to.Begin(FrameKind.Rejected).Add((byte)exception.Rejection.Verdict).Add(exception.Rejection.Reason).Add(exception.Rejection.Message).End();
        }
        catch (Exception exception)
        {
            end = to => to.Begin(FrameKind.Failed).Add($"{exception.GetType().Name}: {exception.Message}").End();
        }

        pipe.Write(end, now: true);
    }

    private async Task SendAsync()
    {
        var codec = new SectionCodec();
        Extend();
        var sections = parsers.ParseAsync(content, CancellationToken.None).GetAsyncEnumerator(CancellationToken.None);
        await using var disposal = sections.ConfigureAwait(false);
        var allowed = Environment.TickCount64;
        while (true)
        {
            var next = sections.MoveNextAsync();
            if (!next.IsCompleted)
            {
                pipe.Flush();
            }

            if (!await next.ConfigureAwait(false))
            {
                return;
            }

            var section = sections.Current;
            pipe.Write(to => codec.Write(to, section), now: false);
            if (Environment.TickCount64 - allowed > 1000)
            {
                allowed = Environment.TickCount64;
                Extend();
            }
        }
    }
}
