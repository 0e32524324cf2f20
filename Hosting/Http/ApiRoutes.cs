using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Sluice.Hosting.Http.Contract;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Http;

/// <summary>The table of the API's routes. docs/api.md says what each answers.</summary>
/// <param name="room">What it stands on.</param>
/// <param name="events">Live events, and the latest overview.</param>
/// <param name="tokens">The tokens.</param>
/// <param name="more">Further routes, which are described with these.</param>
internal sealed class ApiRoutes(IControlRoom room, EventHub events, ApiTokens tokens, IReadOnlyList<ApiRoute> more)
{
    private const int MaxLetters = 10_000;
    private static readonly ApiParameter s_prune = new("prune", "boolean", "true agrees that the job removes documents which are gone, however many they are; default false. Only in a cluster");
    private static readonly ApiParameter s_job = new("job", "integer", "Number of the job whose database is meant; default the configured one");

    /// <summary>Version of the program.</summary>
    public static string Program { get; } = Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "";

    /// <summary>Makes the table.</summary>
    /// <returns>The routes.</returns>
    public IReadOnlyList<ApiRoute> Build() =>
    [
        new("GET", "/api/v1/access", ApiAccess.Read, "What the server is, and what the caller may do", AccessAsync) { Response = typeof(AccessView) },
        new("GET", "/api/v1/overview", ApiAccess.Read, "All that one sees at a glance", async context =>
            await ApiAnswers.WriteAsync(context, await events.OverviewAsync(context.RequestAborted).ConfigureAwait(false), ApiJson.Default.Overview).ConfigureAwait(false)) { Response = typeof(Overview) },
        new("GET", "/api/v1/jobs", ApiAccess.Read, "Jobs, latest first", async context =>
            await ApiAnswers.WriteAsync(context, await room.ListJobsAsync(context.RequestAborted).ConfigureAwait(false), ApiJson.Default.JobList).ConfigureAwait(false)) { Response = typeof(JobList) },
        new("GET", "/api/v1/jobs/{id}", ApiAccess.Read, "One job", async context =>
            await ApiAnswers.WriteAsync(context, await room.FindJobAsync(ApiAnswers.Job(context), context.RequestAborted).ConfigureAwait(false), ApiJson.Default.JobDetail).ConfigureAwait(false)) { Response = typeof(JobDetail) },
        new("POST", "/api/v1/jobs", ApiAccess.Control, "Begins a job", SubmitAsync) { Request = typeof(JobRequest), Response = typeof(JobSummary), Status = StatusCodes.Status201Created },
        Wish("pause", "Lets a job stand still", JobWish.Pause),
        Wish("resume", "Lets a job go on", JobWish.Run),
        Wish("cancel", "Ends a job; what it has indexed stays", JobWish.Cancel),
        new("POST", "/api/v1/jobs/{id}/replay", ApiAccess.Control, "Tries all dead letters of a job's database again", context =>
            ReplayAsync(context, ApiAnswers.Job(context), new ReplayRequest(All: true))) { Response = typeof(ReplayAnswer), Status = StatusCodes.Status202Accepted },
        new("GET", "/api/v1/nodes", ApiAccess.Read, "Nodes", async context =>
            await ApiAnswers.WriteAsync(context, await room.ListNodesAsync(context.RequestAborted).ConfigureAwait(false), ApiJson.Default.NodeList).ConfigureAwait(false)) { Response = typeof(NodeList) },
        new("POST", "/api/v1/nodes/{id}/drain", ApiAccess.Control, "Lets a node finish what it has, and leave", async context =>
            await ApiAnswers.WriteAsync(context, await room.DrainAsync((string)context.Request.RouteValues["id"]!, context.RequestAborted).ConfigureAwait(false), ApiJson.Default.NodeView, StatusCodes.Status202Accepted).ConfigureAwait(false))
        {
            Response = typeof(NodeView),
            Status = StatusCodes.Status202Accepted,
        },
        new("GET", "/api/v1/dead-letters", ApiAccess.Read, "A page of dead letters, oldest first", DeadLettersAsync)
        {
            Response = typeof(DeadLetterPage),
            Query =
            [
                new("after", "integer", "Number of the last letter of the page before; default 0"),
                new("limit", "integer", "Most to return, 1 to 500; default 50"),
                new("reason", "string", "Only those of this reason"),
                s_job,
            ],
        },
        new("POST", "/api/v1/dead-letters/replay", ApiAccess.Control, "Tries dead letters again", async context =>
            await ReplayAsync(context, ApiAnswers.Number(context, "job", 1, long.MaxValue), Check(await ApiAnswers.ReadAsync(context, ApiJson.Default.ReplayRequest).ConfigureAwait(false))).ConfigureAwait(false))
        {
            Request = typeof(ReplayRequest),
            Response = typeof(ReplayAnswer),
            Status = StatusCodes.Status202Accepted,
            Query = [s_job],
        },
        new("GET", "/api/v1/search", ApiAccess.Read, "Places that answer a question, best first", SearchAsync)
        {
            Response = typeof(SearchAnswer),
            Query =
            [
                new("q", "string", "The question, 1 to 2,000 characters", Required: true),
                new("mode", "string", "vector, full-text or hybrid; default the configured one"),
                new("limit", "integer", "Most hits, 1 to 100; default 10"),
                new("uri", "string", "Only documents whose path or URI matches this glob"),
                s_job,
            ],
        },
        new("GET", "/api/v1/events", ApiAccess.Read, "Server-sent events: overview once a second, job and node when they change", events.ServeAsync) { MediaType = "text/event-stream" },
        new("GET", "/openapi.json", ApiAccess.Read, "This description", context => OpenApiDocument.WriteAsync(context, Build())),
        .. more,
    ];

    private static ReplayRequest Check(ReplayRequest request)
    {
        var kinds = (request.Letters is null ? 0 : 1) + (request.Reason is null ? 0 : 1) + (request.All ? 1 : 0);
        return kinds == 1 && request.Letters is null or { Count: > 0 and <= MaxLetters } && request.Reason is null or { Length: > 0 and <= 100 }
            ? request
            : throw new ApiException(StatusCodes.Status400BadRequest, string.Create(CultureInfo.InvariantCulture, $"Say which: either letters (1 to {MaxLetters:N0} numbers), or a reason, or \"all\": true."));
    }

    private ApiRoute Wish(string name, string summary, JobWish wish) => new("POST", $"/api/v1/jobs/{{id}}/{name}", ApiAccess.Control, summary, async context =>
        await ApiAnswers.WriteAsync(context, await room.WishAsync(ApiAnswers.Job(context), wish, wish == JobWish.Run && ApiAnswers.Flag(context, s_prune.Name), context.RequestAborted).ConfigureAwait(false), ApiJson.Default.JobSummary, StatusCodes.Status202Accepted).ConfigureAwait(false))
    {
        Response = typeof(JobSummary),
        Status = StatusCodes.Status202Accepted,
        Query = wish == JobWish.Run ? [s_prune] : [],
    };

    private Task AccessAsync(HttpContext context)
    {
        var access = tokens.Check(context.Request.Headers.Authorization);
        return ApiAnswers.WriteAsync(context, new AccessView(Program, room.Mode, tokens.AreNeeded, access == ApiAccess.Control ? "control" : "read", room.CanSubmit), ApiJson.Default.AccessView);
    }

    private async Task SubmitAsync(HttpContext context)
    {
        var job = await room.SubmitAsync(await ApiAnswers.ReadAsync(context, ApiJson.Default.JobRequest).ConfigureAwait(false), context.RequestAborted).ConfigureAwait(false);
        context.Response.Headers.Location = string.Create(CultureInfo.InvariantCulture, $"/api/v1/jobs/{job.Id}");
        await ApiAnswers.WriteAsync(context, job, ApiJson.Default.JobSummary, StatusCodes.Status201Created).ConfigureAwait(false);
    }

    private async Task ReplayAsync(HttpContext context, long? job, ReplayRequest request) =>
        await ApiAnswers.WriteAsync(context, await room.ReplayAsync(job, request, context.RequestAborted).ConfigureAwait(false), ApiJson.Default.ReplayAnswer, StatusCodes.Status202Accepted).ConfigureAwait(false);

    private async Task DeadLettersAsync(HttpContext context)
    {
        var page = await room.ListDeadLettersAsync(
            ApiAnswers.Number(context, "job", 1, long.MaxValue),
            ApiAnswers.Number(context, "after", 0, long.MaxValue) ?? 0,
            (int)(ApiAnswers.Number(context, "limit", 1, 500) ?? 50),
            ApiAnswers.Text(context, "reason", 100),
            context.RequestAborted).ConfigureAwait(false);
        await ApiAnswers.WriteAsync(context, page, ApiJson.Default.DeadLetterPage).ConfigureAwait(false);
    }

    private async Task SearchAsync(HttpContext context)
    {
        var question = ApiAnswers.Text(context, "q", 2_000);
        if (string.IsNullOrWhiteSpace(question))
        {
            throw new ApiException(StatusCodes.Status400BadRequest, "q, the question, is missing or empty.");
        }

        SearchMode? mode = ApiAnswers.Text(context, "mode", 20) switch
        {
            null => null,
            "vector" => SearchMode.Vector,
            "full-text" or "fts" => SearchMode.FullText,
            "hybrid" => SearchMode.Hybrid,
            _ => throw new ApiException(StatusCodes.Status400BadRequest, "mode must be vector, full-text or hybrid."),
        };
        var answer = await room.SearchAsync(
            ApiAnswers.Number(context, "job", 1, long.MaxValue),
            question,
            mode,
            (int)(ApiAnswers.Number(context, "limit", 1, 100) ?? 10),
            ApiAnswers.Text(context, "uri", 1_000),
            context.RequestAborted).ConfigureAwait(false);
        await ApiAnswers.WriteAsync(context, answer, ApiJson.Default.SearchAnswer).ConfigureAwait(false);
    }
}
