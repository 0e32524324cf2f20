namespace Sluice.TestKit.Simulators;

/// <summary>Something that goes wrong with one request. Made by its static methods.</summary>
public sealed class Fault
{
    private Fault(string name, bool handles, Func<FaultContext, Task> act, int status = 0) => (Name, Handles, ActAsync, Status) = (name, handles, act, status);

    /// <summary>Its name, in the request log.</summary>
    public string Name { get; }

    /// <summary>Whether the database does what it was asked all the same.</summary>
    public bool Handles { get; }

    internal Func<FaultContext, Task> ActAsync { get; }

    /// <summary>Status that it answers where that is known; else 0.</summary>
    internal int Status { get; }

    /// <summary>Answers this instead of doing what was asked.</summary>
    public static Fault Answer(SimulatorAnswer answer) => new($"answer {answer.Status}", handles: false, context => context.SendAsync(answer), answer.Status);

    /// <summary>Answers what this makes of the request instead of doing what was asked.</summary>
    public static Fault Answer(Func<SimulatorRequest, SimulatorAnswer> answer) => new("answer", handles: false, context => context.SendAsync(answer(context.Request)));

    /// <summary>429 without a body.</summary>
    /// <param name="retryAfterSeconds">Value of <c>Retry-After</c>; null leaves the header out.</param>
    public static Fault TooMany(int? retryAfterSeconds = null) =>
        Answer(retryAfterSeconds is { } seconds ? SimulatorAnswer.Text(429, "too many requests").RetryAfter(seconds) : SimulatorAnswer.Text(429, "too many requests"));

    /// <summary>503 as a proxy in front of the database answers it.</summary>
    public static Fault Unavailable() => Answer(SimulatorAnswer.Text(503, "<html><body>503 Service Unavailable</body></html>", "text/html"));

    /// <summary>Resets the connection before anything is done.</summary>
    public static Fault Reset() => new("reset", handles: false, static context => context.AbortAsync());

    /// <summary>Does what was asked, then resets the connection in the middle of the answer: the client cannot know.</summary>
    public static Fault ResetInAnswer() => new("reset in the answer", handles: true, static async context =>
    {
        await context.SendPartAsync();
        await context.AbortAsync();
    });

    /// <summary>Does what was asked, then answers something else than what came of it.</summary>
    public static Fault AnswerAfter(SimulatorAnswer answer) => new($"done, but answer {answer.Status}", handles: true, context => context.SendAsync(answer), answer.Status);

    /// <summary>Does what was asked; the answer comes only when <paramref name="release"/> is done, or the client has gone.</summary>
    public static Fault Held(Task release) => new("held", handles: true, async context =>
    {
        if (await context.WaitAsync(release))
        {
            await context.SendAsync();
        }
    });

    /// <summary>Never answers and does nothing: waits until the client goes away.</summary>
    public static Fault Silent() => new("silent", handles: false, static context => context.WaitAsync(new TaskCompletionSource().Task));

    /// <summary>Does what was asked; the answer comes late.</summary>
    public static Fault Slow(TimeSpan by, TimeProvider? time = null) => new("slow", handles: true, async context =>
    {
        if (await context.WaitAsync(Task.Delay(by, time ?? TimeProvider.System)))
        {
            await context.SendAsync();
        }
    });
}
