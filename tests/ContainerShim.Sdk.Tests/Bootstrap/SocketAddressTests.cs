using System.Security.Cryptography;
using System.Text;
using ContainerShim.Sdk.Bootstrap;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal sealed class SocketAddressTests
{
    [TestCase("/run/containerd/containerd.sock", "k8s.io", "sandbox1", "203e2a8bcc43faffc0cfc248beea84ee3e46e9902d1260ec12c34ce928a2ad92")]
    [TestCase("/run/k3s/containerd/containerd.sock", "default", "c1", "6d6bf4d2153d2a2800561d8e004cc3cf13058bf61691523cb105390a748c0e6c")]
    public void PathFor_KnownNames_GivesWhatSha256sumPrints(string address, string containerdNamespace, string group, string hash) =>
        Assert.That(SocketAddress.PathFor(address, containerdNamespace, group, null), Is.EqualTo("/run/containerd/s/" + hash));

    [TestCase("/a//b", "n", "g", "/a/b/n/g")]
    [TestCase("/a/../b", "n", "g", "/b/n/g")]
    [TestCase("/a/./b/", "n", "g", "/a/b/n/g")]
    [TestCase("/..", "n", "g", "/n/g")]
    [TestCase("/a", "n", "g/", "/a/n/g")]
    [TestCase("/a", "n", "", "/a/n")]
    [TestCase("/a", "n", ".", "/a/n")]
    [TestCase("/a", "n", "..", "/a")]
    [TestCase("/a", "n", "../../..", "/")]
    [TestCase("", "n", "g", "n/g")]
    [TestCase("", "", "g", "g")]
    [TestCase("", "/n", "g", "/n/g")]
    [TestCase("a", "/n", "g", "a/n/g")]
    [TestCase("a/..", "n", "g", "n/g")]
    [TestCase("../a", "n", "g", "../a/n/g")]
    [TestCase("a", "n", "../../..", "..")]
    [TestCase("a", "n", "../../../..", "../..")]
    [TestCase("a", "n", "../..", ".")]
    [TestCase("", "", "", "")]
    public void PathFor_JoinsAsGoDoes(string address, string containerdNamespace, string group, string joined)
    {
        string expected = "/d/" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(joined)));
        Assert.That(SocketAddress.PathFor(address, containerdNamespace, group, "/d"), Is.EqualTo(expected));
    }

    [Test]
    public void Hash_AnyLength_IsTheFrameworks()
    {
        for (int length = 0; length < 200; length++)
        {
            byte[] data = [.. Enumerable.Range(0, length).Select(static i => (byte)(i * 7))];
            Assert.That(Sha256.Hash(data), Is.EqualTo(SHA256.HashData(data)), $"{length} bytes");
        }
    }

    [Test]
    public void PathFor_LongestDirectory_Fits() =>
        Assert.That(SocketAddress.PathFor("/a", "n", "g", "/" + new string('d', 40)), Has.Length.EqualTo(106));

    [TestCase("/ddddddddddddddddddddddddddddddddddddddddd")]
    [TestCase("/äääääääääääääääääääää")]
    public void PathFor_DirectoryTooLongForASocket_IsRefused(string directory)
    {
        ShimException refusal = Assert.Throws<ShimException>(() => SocketAddress.PathFor("/a", "n", "g", directory))!;
        Assert.That(refusal.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(refusal.Message, Does.StartWith($"socket path {directory}/"));
    }

    [TestCase("unix:///run/s", "/run/s")]
    [TestCase("/run/s", "/run/s")]
    [TestCase("@/run/s", null)]
    [TestCase("run/s", null)]
    [TestCase("vsock://1:2", null)]
    [TestCase("\0abstract", null)]
    [TestCase("", null)]
    public void ToPath_OnlyFileSystemSockets_HavePaths(string address, string? path) => Assert.That(SocketAddress.ToPath(address), Is.EqualTo(path));

    [Test]
    public void ToUri_APath_ComesBack() => Assert.That(SocketAddress.ToPath(SocketAddress.ToUri("/run/s")), Is.EqualTo("/run/s"));
}
