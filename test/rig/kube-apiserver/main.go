// One process: embedded etcd plus a real kube-apiserver on 127.0.0.1. For tests only.
// usage: kas DIR [kube-apiserver flags]. Ready when DIR/kubeconfig exists; SIGTERM, or EOF when stdin is a pipe, ends it.
// DIR/ages.sock moves creation times into the past (ages.go).
package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
	genericapiserver "k8s.io/apiserver/pkg/server"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/keyutil"
	"k8s.io/component-base/logs"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

const tokens = "admin-token,admin,uid-admin,\"system:masters\"\n" +
	"viewer-token,viewer,uid-viewer,\"viewers,vpccni-inspect\"\n" +
	"nobody-token,nobody,uid-nobody\n"

func must[T any](v T, err error) T {
	if err != nil {
		fmt.Fprintln(os.Stderr, "kas:", err)
		os.Exit(1)
	}
	return v
}

func main() {
	dir := must(filepath.Abs(os.Args[1]))
	in := func(name string) string { return filepath.Join(dir, name) }
	must(0, os.MkdirAll(dir, 0o700))
	_ = os.Remove(in("kubeconfig")) // of an earlier run in the same DIR: objects and certificate stay, the port changes
	ctx, cancel := context.WithCancel(genericapiserver.SetupSignalContext())
	if st, err := os.Stdin.Stat(); err == nil && st.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0 {
		go func() { _, _ = io.Copy(io.Discard, os.Stdin); cancel() }() // the parent is gone
	}

	// etcd on a unix socket, no peers, no fsync
	ec := embed.NewConfig()
	ec.Dir, ec.LogLevel, ec.UnsafeNoFsync, ec.EnableGRPCGateway = in("etcd"), "error", true, false
	ec.ListenPeerUrls = nil
	sock := url.URL{Scheme: "unix", Path: in("etcd.sock")}
	ec.ListenClientUrls = []url.URL{sock}
	etcd := must(embed.StartEtcd(ec))
	<-etcd.Server.ReadyNotify()
	_ = os.Remove(in("ages.sock"))
	must(0, serveAges(in("ages.sock"), v3client.New(etcd.Server)))

	// keys and tokens
	key := must(keyutil.MarshalPrivateKeyToPEM(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))))
	must(0, os.WriteFile(in("sa.key"), key, 0o600))
	must(0, os.WriteFile(in("tokens.csv"), []byte(tokens), 0o600))

	s := options.NewServerRunOptions()
	s.SecureServing.Listener = must(net.Listen("tcp", "127.0.0.1:0"))
	s.SecureServing.BindPort = s.SecureServing.Listener.Addr().(*net.TCPAddr).Port
	fs := pflag.NewFlagSet("kas", pflag.ExitOnError)
	for _, f := range s.Flags().FlagSets {
		fs.AddFlagSet(f)
	}
	must(0, fs.Parse(append([]string{
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none",
		"--cert-dir=" + dir, "--etcd-servers=" + sock.String(),
		"--service-cluster-ip-range=172.20.0.0/16", "--allow-privileged=true",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + in("sa.key"), "--service-account-signing-key-file=" + in("sa.key"),
		"--token-auth-file=" + in("tokens.csv"), "--authorization-mode=Node,RBAC",
		"--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
	}, os.Args[2:]...)))
	must(0, s.GenericServerRunOptions.ComponentGlobalsRegistry.Set())
	logs.InitLogs()
	must(0, logsapi.ValidateAndApply(s.Logs, nil))
	done := must(s.Complete(ctx))
	for _, err := range done.Validate() {
		must(0, err)
	}
	go announce(ctx, dir, fmt.Sprintf("https://127.0.0.1:%d", s.SecureServing.BindPort))
	err := app.Run(ctx, done)
	etcd.Close()
	must(0, err)
}

// announce writes the kubeconfig once the server answers /readyz, under its final name last.
func announce(ctx context.Context, dir, server string) {
	ca := filepath.Join(dir, "apiserver.crt")
	for ; ; time.Sleep(50 * time.Millisecond) {
		c, err := kubernetes.NewForConfig(&rest.Config{Host: server, BearerToken: "admin-token",
			TLSClientConfig: rest.TLSClientConfig{CAFile: ca}})
		if err == nil && c.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error() == nil {
			break
		}
		if ctx.Err() != nil {
			return
		}
	}
	data := base64.StdEncoding.EncodeToString(must(os.ReadFile(ca)))
	cfg := fmt.Sprintf("apiVersion: v1\nkind: Config\ncurrent-context: admin\nclusters:\n- name: kas\n  cluster: {server: %q, certificate-authority-data: %s}\nusers:\n", server, data)
	ctxs := "contexts:\n"
	for _, u := range []string{"admin", "viewer", "nobody"} {
		cfg += fmt.Sprintf("- name: %s\n  user: {token: %s-token}\n", u, u)
		ctxs += fmt.Sprintf("- name: %s\n  context: {cluster: kas, user: %s}\n", u, u)
	}
	tmp := filepath.Join(dir, "kubeconfig.tmp")
	must(0, os.WriteFile(tmp, []byte(cfg+ctxs), 0o600))
	must(0, os.Rename(tmp, filepath.Join(dir, "kubeconfig")))
	fmt.Println(filepath.Join(dir, "kubeconfig"))
}
