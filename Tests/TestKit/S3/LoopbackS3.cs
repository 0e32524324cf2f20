using System.Globalization;
using System.Net;
using System.Security;
using System.Security.Cryptography;
using System.Text;
using Sluice.TestKit.Http;

namespace Sluice.TestKit.S3;

/// <summary>
/// A small S3 server on loopback, path style: ListObjectsV2 in pages with continuation tokens and start-after, GET, HEAD, and S3's error forms. Requires a version
/// 4 signature on each request.
/// </summary>
public sealed class LoopbackS3 : IAsyncDisposable
{
    private readonly SortedDictionary<string, byte[]> _objects = new(StringComparer.Ordinal);
    private readonly LoopbackServer _server;

    public LoopbackS3() => _server = new LoopbackServer(AnswerAsync);

    public string Address => _server.Address;

    public IEnumerable<string> Requests => _server.Requests;

    /// <summary>The one bucket there is.</summary>
    public string Bucket { get; init; } = "corpus";

    /// <summary>Most keys on a page, whatever is asked.</summary>
    public int MaxKeys { get; init; } = 1000;

    /// <summary>Whether it lists all that it has, whatever prefix is asked for.</summary>
    public bool IgnoresPrefix { get; init; }

    /// <summary>Keys that may not be read.</summary>
    public HashSet<string> Forbidden { get; } = [];

    /// <summary>Keys whose bytes are not those that were put.</summary>
    public HashSet<string> Damaged { get; } = [];

    /// <summary>The one access key that is known; null where any is.</summary>
    public string? AccessKey { get; set; }

    /// <summary>What every request is answered with, as if it were all right; null where it is answered as it should.</summary>
    public string? Instead { get; set; }

    /// <summary>Status and code to answer a request with, by its method and key. Null where it is answered.</summary>
    public Func<string, string, (int Status, string Code)?>? Answers { get; set; }

    /// <summary>Keys whose bytes break off in the middle, once.</summary>
    public HashSet<string> Cut { get; } = [];

    /// <summary>Status and code to answer the next requests with, one each.</summary>
    public Queue<(int Status, string Code)> Errors { get; } = new();

    public void Put(string key, string text)
    {
        lock (_objects)
        {
            _objects[key] = Encoding.UTF8.GetBytes(text);
        }
    }

    public void Remove(string key)
    {
        lock (_objects)
        {
            _objects.Remove(key);
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

#pragma warning disable CA5351 // S3 defines the ETag of a plain object as its MD5; clients check it.
    private static string ETag(byte[] body) => $"\"{Convert.ToHexStringLower(MD5.HashData(body))}\"";
#pragma warning restore CA5351

    private static Task ErrorAsync(HttpListenerContext context, int status, string code) => LoopbackServer.WriteAsync(
        context,
        status,
        $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{code} here</Message><RequestId>1</RequestId></Error>",
        "application/xml");

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var authorization = context.Request.Headers["Authorization"] ?? "";
        if (!authorization.StartsWith("AWS4-HMAC-SHA256 Credential=", StringComparison.Ordinal) || !authorization.Contains("Signature=", StringComparison.Ordinal))
        {
            await ErrorAsync(context, 403, "AccessDenied");
            return;
        }

        if (AccessKey is { } known && !authorization.Contains($"Credential={known}/", StringComparison.Ordinal))
        {
            await ErrorAsync(context, 403, "InvalidAccessKeyId");
            return;
        }

        (int Status, string Code)? planned;
        lock (Errors)
        {
            planned = Errors.TryDequeue(out var next) ? next : null;
        }

        if (planned is var (status, code))
        {
            await ErrorAsync(context, status, code);
            return;
        }

        var path = Uri.UnescapeDataString(context.Request.RawUrl!.Split('?')[0]).TrimStart('/');
        var slash = path.IndexOf('/', StringComparison.Ordinal);
        var bucket = slash < 0 ? path : path[..slash];
        var key = slash < 0 ? "" : path[(slash + 1)..];
        if (Instead is { } instead)
        {
            await LoopbackServer.WriteAsync(context, 200, instead, "application/xml");
            return;
        }

        if (Answers?.Invoke(context.Request.HttpMethod, key) is var (refusal, why))
        {
            await ErrorAsync(context, refusal, why);
        }
        else if (bucket != Bucket)
        {
            await ErrorAsync(context, 404, "NoSuchBucket");
        }
        else if (key.Length == 0)
        {
            await ListAsync(context);
        }
        else
        {
            await GetAsync(context, key);
        }
    }

    private async Task GetAsync(HttpListenerContext context, string key)
    {
        byte[]? body;
        lock (_objects)
        {
            _objects.TryGetValue(key, out body);
        }

        if (Forbidden.Contains(key))
        {
            await ErrorAsync(context, 403, "AccessDenied");
            return;
        }

        if (body is null)
        {
            await ErrorAsync(context, 404, "NoSuchKey");
            return;
        }

        context.Response.Headers["ETag"] = ETag(body);
        context.Response.Headers["Last-Modified"] = "Tue, 03 Mar 2026 10:20:30 GMT";
        context.Response.ContentType = "text/markdown";
        context.Response.ContentLength64 = body.Length;
        if (context.Request.HttpMethod != "HEAD")
        {
            bool isCut;
            lock (_objects)
            {
                isCut = Cut.Remove(key);
            }

            if (isCut)
            {
                await context.Response.OutputStream.WriteAsync(body.AsMemory(0, body.Length / 2));
                throw new IOException("cut");
            }

            await context.Response.OutputStream.WriteAsync(Damaged.Contains(key) ? new byte[body.Length] : body);
        }
    }

    private async Task ListAsync(HttpListenerContext context)
    {
        var query = System.Web.HttpUtility.ParseQueryString(context.Request.Url!.Query);
        var prefix = IgnoresPrefix ? "" : query["prefix"] ?? "";
        var after = query["continuation-token"] is { } token ? Encoding.UTF8.GetString(Convert.FromHexString(token)) : query["start-after"] ?? "";
        var most = Math.Min(MaxKeys, int.Parse(query["max-keys"] ?? "1000", CultureInfo.InvariantCulture));
        List<KeyValuePair<string, byte[]>> found;
        lock (_objects)
        {
            found = _objects
                .Where(item => item.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal(item.Key, after) > 0)
                .Take(most + 1)
                .ToList();
        }

        var more = found.Count > most;
        var xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
        xml.Append(CultureInfo.InvariantCulture, $"<Name>{Bucket}</Name><IsTruncated>{(more ? "true" : "false")}</IsTruncated>");
        foreach (var (key, body) in found.Take(most))
        {
            var shown = query["encoding-type"] == "url" ? Uri.EscapeDataString(key) : SecurityElement.Escape(key);
            xml.Append(
                CultureInfo.InvariantCulture,
                $"<Contents><Key>{shown}</Key><LastModified>2026-03-03T10:20:30.123Z</LastModified><ETag>{SecurityElement.Escape(ETag(body))}</ETag><Size>{body.Length}</Size></Contents>");
        }

        if (more)
        {
            xml.Append(CultureInfo.InvariantCulture, $"<NextContinuationToken>{Convert.ToHexString(Encoding.UTF8.GetBytes(found[most - 1].Key))}</NextContinuationToken>");
        }

        await LoopbackServer.WriteAsync(context, 200, xml.Append("</ListBucketResult>").ToString(), "application/xml");
    }
}
