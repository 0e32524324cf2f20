using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>
/// The program as a worker (<c>sluice parse-worker</c>): parses the documents that its parent sends through standard input, one at a time, and ends with it. Started by
/// the program itself, never by a person.
/// </summary>
public static class ParseWorker
{
    /// <summary>The verb.</summary>
    public const string Verb = "parse-worker";

    /// <summary>Exit code when the parent ended.</summary>
    internal const int ParentGone = 3;

    private static readonly TimeSpan s_beat = TimeSpan.FromSeconds(1);

    /// <summary>Runs it until the parent closes the pipe.</summary>
    /// <param name="arguments">What follows the verb: number of the parent's process, bytes of memory.</param>
    /// <returns>The exit code.</returns>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        if (arguments is not [var parent, var memory] || !int.TryParse(parent, CultureInfo.InvariantCulture, out var process) || !long.TryParse(memory, CultureInfo.InvariantCulture, out var bytes))
        {
            Console.Error.WriteLine($"sluice: {Verb} is started by sluice itself, to parse documents apart from the rest.");
            return 2;
        }

        if (!WorkerLimits.Apply(process, bytes))
        {
            return ParentGone;
        }

        WorkerMemory.Watch();

        // What a library prints must not get between the frames: it goes to standard error.
        var output = OperatingSystem.IsLinux()
            ? new FileStream(new SafeFileHandle(WorkerLimits.Redirect(1, 2), ownsHandle: true), FileAccess.Write, bufferSize: 0)
            : Console.OpenStandardOutput();
        return Serve(Console.OpenStandardInput(), output);
    }

    /// <summary>Reads frames on this thread, for nothing else: so it sees the parent end whatever a parser is doing.</summary>
    private static int Serve(Stream input, Stream output)
    {
        var frames = new FrameReader(input, Frame.MaxPayload);
        var pipe = new ParentPipe(output);
        using var recognition = new AskedRecognition(pipe);
        DocumentParsers? parsers = null;
        ParsingOptions? options = null;
        FedDocument? document = null;
        using var beat = new Timer(_ => Volatile.Read(ref document)?.Beat(), null, s_beat, s_beat);
        pipe.Write(static to => to.Begin(FrameKind.Hello).Add(HasNetwork()).End(), now: true);
        while (frames.Read() is { } frame)
        {
            var from = new PayloadReader(frame.Payload.Span);
            switch (frame.Kind)
            {
                case FrameKind.Setup:
                    var setup = JsonSerializer.Deserialize(frame.Payload.Span, WorkerSetupJson.Default.WorkerSetup)!;
                    recognition.Problem = setup.RecognitionProblem;
                    options = setup.Options;
                    parsers = DocumentParsers.ForWorker(setup, recognition, TimeProvider.System);
                    break;
                case FrameKind.Begin:
                    var (uri, mediaType, length) = (from.Text(), from.NullableText(), from.Int64());
                    var stream = new FedStream(pipe, length, from.Rest.ToArray());
                    Volatile.Write(ref document, new FedDocument(pipe, stream, new DocumentContent(uri, stream, mediaType), parsers!, options!));
                    recognition.Progressed = document.Extend;
                    document.Start();
                    break;
                case FrameKind.Bytes:
                    document!.Stream.Answer(from.Rest.ToArray());
                    break;
                case FrameKind.SourceFailed:
                    document!.Stream.Answer(null);
                    break;
                case FrameKind.TurnGranted or FrameKind.Recognized or FrameKind.RecognitionFailed:
                    recognition.Answer(frame.Kind, frame.Payload.Span);
                    break;
                default:
                    return ParentGone; // Another build, or nobody's program.
            }
        }

        WorkerLimits.End(ParentGone);
        return ParentGone;
    }

    /// <summary>Whether the worker could reach anybody: in a network of its own there is only a loopback that is down.</summary>
    private static bool HasNetwork() => !OperatingSystem.IsLinux()
        || File.ReadLines("/proc/net/dev").Skip(2).Any(static line => !line.AsSpan().Trim().StartsWith("lo:", StringComparison.Ordinal))
        || File.ReadLines("/proc/net/route").Skip(1).Any();
}
