using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Sluice.Hosting.Http;

/// <summary>The page's files, which are part of the program. A request's path is looked up as it is: nothing of the disk can be reached.</summary>
internal sealed class PageFiles
{
    private const string Prefix = "page/";
    private readonly FrozenDictionary<string, PageFile> _files;

    /// <summary>Reads them from the program.</summary>
    public PageFiles()
        : this(Assembly.GetExecutingAssembly().GetManifestResourceNames().Where(static name => name.StartsWith(Prefix, StringComparison.Ordinal)))
    {
    }

    private PageFiles(IEnumerable<string> names)
    {
        var assembly = Assembly.GetExecutingAssembly();
        _files = names.ToFrozenDictionary(static name => "/" + name[Prefix.Length..], name => new PageFile(assembly, name), StringComparer.Ordinal);
    }

    /// <summary>No files at all, where there is no API to look at.</summary>
    public static PageFiles None { get; } = new([]);

    /// <summary>Answers with the file of a path.</summary>
    /// <param name="context">The request.</param>
    /// <returns>False when there is no such file; nothing was written then.</returns>
    public async Task<bool> TryServeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value is null or "" or "/" ? "/index.html" : context.Request.Path.Value;
        if (!_files.TryGetValue(path, out var file))
        {
            return false;
        }

        var headers = context.Response.Headers;
        headers.CacheControl = "no-cache";
        headers.ETag = file.Tag;
        if (context.Request.Headers.IfNoneMatch.Contains(file.Tag, StringComparer.Ordinal))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return true;
        }

        context.Response.ContentType = file.MediaType;
        context.Response.ContentLength = file.Content.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(file.Content, context.RequestAborted).ConfigureAwait(false);
        }

        return true;
    }

    private sealed class PageFile
    {
        public PageFile(Assembly assembly, string name)
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            Content = content;
            Tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"";
            MediaType = Path.GetExtension(name) switch
            {
                ".html" => "text/html; charset=utf-8",
                ".css" => "text/css; charset=utf-8",
                ".js" or ".mjs" => "text/javascript; charset=utf-8",
                ".json" or ".map" => "application/json",
                ".svg" => "image/svg+xml",
                ".png" => "image/png",
                ".ico" => "image/x-icon",
                ".woff2" => "font/woff2",
                ".webmanifest" => "application/manifest+json",
                _ => "text/plain; charset=utf-8",
            };
        }

        public ReadOnlyMemory<byte> Content { get; }

        public string Tag { get; }

        public string MediaType { get; }
    }
}
